// What is said about everything that is open: lists, board, map, calendar, patterns, files.
import { many } from './many'

export const open = {
  title: 'What is open',
  views: { list: 'List', board: 'Board', map: 'Map', calendar: 'Calendar' },
  viewsLabel: 'How it is shown',
  words: 'Search',
  wordsHint: 'Words in it',
  kind: 'Kind',
  anyKind: 'Every kind',
  topic: 'Topic',
  anyTopic: 'Every topic',
  place: 'Place',
  placeHint: 'Part of its name',
  age: 'Posted',
  ages: [[0, 'whenever'], [1, 'in the last day'], [7, 'in the last week'], [30, 'in the last month']] as [number, string][],
  order: 'Order',
  orders: [['new', 'the newest change first'], ['date', 'the next date first'], ['old', 'waiting the longest first']] as ['new' | 'date' | 'old', string][],
  filters: 'Filters',
  clear: 'Show everything',
  emptyTitle: 'Nothing is asked or offered yet',
  emptyText: 'What do you need, or what could you give? Twenty seconds are enough.',
  noneTitle: 'Nothing fits these filters',
  noneText: 'Show everything, or say what you miss yourself.',
  more: (n: number) => `These are the newest ${n.toLocaleString()}.`,
  columns: { open: 'Open', taken: 'Taken', confirm: 'To confirm' },
  columnEmpty: { open: 'Nothing waits for somebody.', taken: 'Nobody is at work.', confirm: 'Nothing waits to be confirmed.' },
}

export const map = {
  label: 'Map of coarse places, the north at the top',
  in: 'Nearer', out: 'Farther', all: 'Show all', left: 'West', right: 'East', up: 'North', down: 'South',
  moves: 'Move the map',
  list: 'Places',
  unnamed: 'a place without a name',
  count: (n: number) => many(n, 'thing', 'things'),
  dot: (label: string, n: number) => `${label}: ${many(n, 'thing', 'things')}`,
  here: (label: string) => `At ${label}`,
  none: 'Nothing that is open has a place on the map. A place is set with “about here” when something is posted.',
  without: (n: number) => `${many(n, 'thing has', 'things have')} no place on the map.`,
  coarse: 'Places are coarse on purpose: to about a hundred metres.',
  ruler: (metres: number) => (metres >= 1_000 ? `${(metres / 1_000).toLocaleString()} km` : `${metres.toLocaleString()} m`),
  keys: 'Arrow keys move it, + and − come nearer or go farther.',
}

export const calendar = {
  before: 'The month before', after: 'The month after', today: 'Today',
  end: 'until then', slot: 'slot',
  empty: 'Nothing has a date in this month.',
  subscribe: 'Your own dates in your calendar…',
}

export const patterns = {
  label: 'A pattern in reports',
  cause: (n: number, metres: number, hours: number) => `${many(n, 'report', 'reports')}, ${metres.toLocaleString()} m, ${hours.toLocaleString()} h: one cause?`,
  rare: (n: number) => `So much at once would come by chance less than once in ${n.toLocaleString()}.`,
  chance: 'That may be chance.',
  fixed: 'Some of them belong to one fix already.',
  reports: 'The reports',
  open: 'Open one fix…',
  join: 'Join the others to it',
  opened: 'All who reported it hear of the fix.',
  fixTitle: (topic: string, place: string) => `Find the one cause${topic ? `: ${topic}` : ''}${place ? `, ${place}` : ''}`,
}

export const exchange = {
  csv: 'Save as a table (CSV)', geojson: 'Save for a map (GeoJSON)', ics: 'Save for a calendar (iCalendar)', in: 'Take in from a file…', bridges: 'Calendar and other programs…',
  title: 'Take in from a file', text: 'A table (CSV) or a map (GeoJSON) of needs, offers or reports. This is what would be posted, in your name.',
  plan: (posts: number, here: number) => `${many(posts, 'row', 'rows')} would be posted${here > 0 ? `; ${many(here, 'row is', 'rows are')} here already` : ''}.`,
  assumed: (n: number) => `${many(n, 'row does', 'rows do')} not say what it asks for. Take ${n === 1 ? 'it' : 'them'} as`,
  kinds: [['need', 'needs'], ['offer', 'offers'], ['report', 'reports']] as ['need' | 'offer' | 'report', string][],
  andMore: (n: number) => `and ${n.toLocaleString()} more`,
  faults: (n: number) => `${many(n, 'row', 'rows')} cannot be posted and would be left out:`,
  row: (row: number, why: string) => `Row ${row}: ${why}`,
  cancel: 'Cancel', go: 'Post them', taken: (n: number) => `${many(n, 'row is', 'rows are')} posted.`,
}
