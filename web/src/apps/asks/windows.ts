// What is asked before something is done: each a small window with a line, a person, a choice or a date. Knows no screen.
import { talkAlone } from '../../shell/alone'
import { act } from './ask'
import { untilOf } from './form'
import type { AskDetail, AskRow, Command, Ending, News, PromiseRow } from './types'
import { words } from './words'
import { window as say } from './words-post'

/** What was filled in. */
export interface Filled {
  line: string
  choice: string
  second: string
  person: string
  personName: string
  when: string
}

interface Choice {
  legend: string
  options: [value: string, text: string][]
}

export interface Window {
  title: string
  text?: string
  go: string
  line?: { label: string; rows?: number; needed?: boolean; value?: string }
  choice?: Choice
  second?: Choice
  /** Somebody of the community, but for these. */
  person?: { without: string[] }
  when?: { label: string; needed?: boolean; value?: number }
  /** Does it; gives what to say then. */
  act: (filled: Filled) => Promise<string>
}

/** Windows that are about one ask or promise in a community. */
export class Windows {
  constructor(readonly community: string) {}

  async #do(command: Command, said: string): Promise<string> {
    await act(this.community, command)
    return said
  }

  deliver(promise: string, part: number | null = null): Window {
    return { ...say.deliver, line: { label: say.noteOptional }, act: ({ line }) => this.#do({ deliver: { promise, part, note: line || null } }, words.toast.delivered) }
  }

  notGood(promise: string, part: number | null = null): Window {
    const { label, ...rest } = say.notGood
    return { ...rest, line: { label, needed: true }, act: ({ line }) => this.#do({ confirm: { promise, part, bad: true, note: line } }, words.toast.returned) }
  }

  release(promise: string): Window {
    const { label, ...rest } = say.release
    return { ...rest, line: { label }, act: ({ line }) => this.#do({ release: { promise, note: line || null } }, words.toast.released) }
  }

  letGo(promise: PromiseRow): Window {
    const { label, title, ...rest } = say.letGo
    return { ...rest, title: title(promise.by.name), line: { label }, act: ({ line }) => this.#do({ release: { promise: promise.id, note: line || null } }, words.toast.letGo) }
  }

  hand(promise: string): Window {
    return { ...say.hand, person: { without: [] }, act: ({ person, personName }) => this.#do({ hand: { promise, to: person } }, words.toast.handed(personName)) }
  }

  help(promise: string): Window {
    const { label, ...rest } = say.help
    return { ...rest, line: { label, needed: true }, act: ({ line }) => this.#do({ 'help-me': { promise, note: line } }, words.toast.helped) }
  }

  later(promise: string): Window {
    const { label, ...rest } = say.later
    return { ...rest, when: { label, needed: true }, act: ({ when }) => this.#do({ 'on-track': { promise, until: untilOf(when) } }, words.toast.onTrack) }
  }

  /** A word to whoever kept a promise: for all to read, or for the two alone. */
  thank(promise: string, to: { member: string; name: string }, ask: AskRow): Window {
    const { thank } = say
    return {
      title: thank.title(to.name),
      go: thank.go,
      choice: { legend: thank.kind, options: [['thanks', thank.thanks], ['next-time', thank.nextTime]] },
      second: { legend: thank.how, options: [['open', thank.open], ['alone', thank.alone(to.name)]] },
      line: { label: thank.label, needed: true },
      act: async ({ line, choice, second }) => {
        if (second === 'open') return this.#do({ thank: { promise, text: line, next_time: choice === 'next-time' } }, words.toast.thanked)
        await talkAlone(this.community, to.member, thank.ready(ask.title, line))
        return ''
      },
    }
  }

  close(ask: AskRow): Window {
    const { label, how, endings, ...rest } = say.close
    const options = Object.entries(endings) as [Ending, string][]
    return {
      ...rest,
      choice: { legend: how, options },
      line: { label },
      act: ({ line, choice }) => this.#do({ close: { ask: ask.id, how: choice as Ending, note: line || null } }, words.toast.closed),
    }
  }

  reopen(ask: AskRow): Window {
    const { label, ...rest } = say.reopen
    return { ...rest, line: { label, needed: true }, act: ({ line }) => this.#do({ reopen: { ask: ask.id, why: line } }, words.toast.reopened) }
  }

  tell(ask: AskRow): Window {
    const { label, kind, kinds, ...rest } = say.tell
    const options = Object.entries(kinds).filter(([value]) => ask.kind === 'petition' || value !== 'answer')
    return {
      ...rest,
      choice: { legend: kind, options },
      line: { label, rows: 3, needed: true },
      act: ({ line, choice }) => this.#do({ tell: { ask: ask.id, text: line, kind: choice as News } }, words.toast.told),
    }
  }

  sent(ask: AskRow): Window {
    const { label, text, ...rest } = say.sent
    return { ...rest, text: text(ask.addressee), line: { label, needed: true }, act: ({ line }) => this.#do({ tell: { ask: ask.id, text: line, kind: 'sent' } }, words.toast.told) }
  }

  answer(ask: AskRow): Window {
    const { label, ...rest } = say.answer
    return { ...rest, line: { label, rows: 3, needed: true }, act: ({ line }) => this.#do({ tell: { ask: ask.id, text: line, kind: 'answer' } }, words.toast.told) }
  }

  share(ask: AskRow): Window {
    const without = ask.leads.map(lead => lead.member)
    return { ...say.share, person: { without }, act: ({ person, personName }) => this.#do({ lead: { ask: ask.id, share: person } }, words.toast.offered(personName)) }
  }

  handLead(ask: AskRow): Window {
    const without = ask.leads.map(lead => lead.member)
    return { ...say.handLead, person: { without }, act: ({ person, personName }) => this.#do({ lead: { ask: ask.id, hand: person } }, words.toast.offered(personName)) }
  }

  review(ask: AskRow): Window {
    const { label, again, yes, no, ...rest } = say.review
    return {
      ...rest,
      choice: { legend: again, options: [['yes', yes], ['no', no]] },
      line: { label, needed: true },
      act: ({ line, choice }) => this.#do({ review: { ask: ask.id, text: line, not_again: choice === 'no' } }, words.toast.reviewed),
    }
  }

  /** That it is the same matter as one of the others. */
  same({ row }: AskDetail, others: AskRow[]): Window {
    const { label, none, ...rest } = say.same
    const options = others.filter(other => other.id !== row.id && other.kind === row.kind && other.joined === null).map((other): [string, string] => [other.id, other.title])
    if (options.length === 0) return { title: say.same.title, text: none, go: say.cancel, act: () => Promise.resolve('') }
    return { ...rest, choice: { legend: label, options }, act: ({ choice }) => this.#do({ join: { ask: row.id, into: choice } }, words.toast.joined) }
  }
}
