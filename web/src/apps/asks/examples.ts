// Examples for each kind, which fill the form: a good one says what, how much, where and until when.
import type { Form } from './form'
import type { AskKind } from './types'

export interface Example {
  name: string
  fill: Partial<Form>
}

const line = (what: string, least: string, unit: 'things' | 'hours' | 'people' | 'credits' = 'things', most = least) => ({ what, least, most, unit })

export const EXAMPLES: Record<AskKind, Example[]> = {
  need: [
    { name: 'Groceries', fill: { title: 'Groceries once this week', topic: 'groceries', lines: [line('', '1', 'hours')] } },
    { name: 'A ride', fill: { title: 'A ride to the doctor and back', topic: 'rides', lines: [line('', '2', 'hours')] } },
    { name: 'Things', fill: { title: 'Warm blankets', topic: 'blankets', lines: [line('', '5')] } },
  ],
  offer: [
    { name: 'Repairs', fill: { title: 'I mend bicycles', topic: 'bikes', lines: [line('', '2', 'hours')] } },
    { name: 'A room', fill: { title: 'A dry room to store things', topic: 'storage', lines: [line('', '1')] } },
    { name: 'Surplus', fill: { title: 'Vegetables from the garden', topic: 'food', lines: [line('crates of vegetables', '3')] } },
  ],
  shift: [
    { name: 'Kitchen', fill: { title: 'Kitchen: cook and serve', topic: 'cooking' } },
    { name: 'Front desk', fill: { title: 'Front desk of the hub', topic: 'desk' } },
    { name: 'Watering', fill: { title: 'Water the beds', topic: 'garden', weeks: '8' } },
  ],
  report: [
    { name: 'Street light', fill: { title: 'The street light is out', topic: 'light' } },
    { name: 'Water', fill: { title: 'Water comes up from the drain', topic: 'water', urgent: true } },
    { name: 'Rubbish', fill: { title: 'Rubbish was left here', topic: 'rubbish' } },
  ],
  petition: [
    { name: 'A crossing', fill: { title: 'A crossing in front of the school', goal: '100', to: 'the district council', topic: 'streets' } },
    { name: 'Longer hours', fill: { title: 'Open the library on Saturdays', goal: '50', to: 'the library', topic: 'library' } },
  ],
  campaign: [
    { name: 'Work day', fill: { title: 'A work day in the garden', topic: 'garden', lines: [line('', '20', 'hours', '40')] } },
    { name: 'Buy together', fill: { title: 'Order flour together', topic: 'food', lines: [line('sacks of flour', '10', 'things', '20')] } },
  ],
  gig: [
    { name: 'Website', fill: { title: 'A page for the summer festival', topic: 'web', lines: [line('A draft to look at', '4', 'hours'), line('The page, online', '6', 'hours')] } },
    { name: 'Flyer', fill: { title: 'A flyer in two languages', topic: 'print', lines: [line('The text', '2', 'hours'), line('Ready to print', '3', 'hours')] } },
  ],
}
