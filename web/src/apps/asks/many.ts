// Numbers and names in a sentence.

export const many = (n: number, one: string, more: string) => `${n.toLocaleString()} ${n === 1 ? one : more}`

/** "Ana", "Ana and Ben", "Ana, Ben and Cem". */
export const listed = (names: string[]) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`)
