// What a menu's items are.
import type { Component } from 'svelte'

export interface MenuItem {
  text: string
  act: () => void
  icon?: Component<{ size?: number | string }>
  /** Said after the text, fainter: a key, a count. */
  note?: string
  danger?: boolean
  disabled?: boolean
  /** A line above it. */
  divided?: boolean
}
