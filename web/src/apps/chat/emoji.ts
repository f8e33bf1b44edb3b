// The reactions that are one press away. Anything else can be written.

export const EMOJI: readonly { sign: string; name: string }[] = [
  ['👍', 'thumbs up'],
  ['👎', 'thumbs down'],
  ['❤️', 'heart'],
  ['😂', 'laughing'],
  ['🙂', 'smile'],
  ['😮', 'surprised'],
  ['😢', 'sad'],
  ['😡', 'angry'],
  ['🎉', 'celebrate'],
  ['🙏', 'thank you'],
  ['👏', 'applause'],
  ['🙌', 'hooray'],
  ['✅', 'done'],
  ['❌', 'no'],
  ['❓', 'question'],
  ['👀', 'looking'],
  ['💡', 'idea'],
  ['🔥', 'fire'],
  ['⭐', 'star'],
  ['🚀', 'off we go'],
  ['🌱', 'growing'],
  ['☕', 'coffee'],
  ['👋', 'hello'],
  ['🤝', 'agreed'],
].map(([sign, name]) => ({ sign: sign as string, name: name as string }))

/** The longest reaction, in bytes. */
const LONGEST = 32

/** Whether a reaction may be written so. */
export function fitsReaction(word: string): boolean {
  const bytes = new TextEncoder().encode(word).length
  return bytes > 0 && bytes <= LONGEST && !/\s/u.test(word)
}
