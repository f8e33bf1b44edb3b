// What the search says, in English.

const many = (n: number, one: string, more: string) => `${n.toLocaleString()} ${n === 1 ? one : more}`

export const words = {
  title: 'Search everything',
  place: 'Words in messages, files, people…',
  hint: 'Finds whole words and beginnings of words, in all your communities, also without a connection.',
  none: (text: string) => `Nothing found for “${text}”`,
  noneText: 'Try fewer words, or the beginning of one.',
  noneNarrow: 'Try fewer words, or look more widely.',
  found: (n: number) => many(n, 'result', 'results'),
  most: (n: number) => `The best ${n} results`,
  keys: '↑ ↓ to choose, Enter to open, Esc to close',
  narrow: {
    title: 'Look only in',
    where: 'Where',
    everywhere: 'Everywhere',
    here: (name: string) => `Only in ${name}`,
    kind: 'What',
    anything: 'Anything',
    who: 'From whom',
    anybody: 'From anybody',
    me: 'From me',
    from: (name: string) => `From ${name}`,
    object: 'In which',
    when: 'When',
    anyTime: 'Any time',
    today: 'Today',
    week: 'Last 7 days',
    month: 'Last 30 days',
    year: 'Last 12 months',
    between: 'Between…',
    first: 'First day',
    last: 'Last day',
    clear: 'Look widely again',
  },
}
