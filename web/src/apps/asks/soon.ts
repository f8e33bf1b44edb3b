// What the program answers to its newest questions; its generated types say the same as soon as they are made anew.
import type { AskKind, AskRow, Spot } from './types'

export interface PatternRow {
  topic: string
  count: number
  radius_m: number
  hours: number
  middle: Spot
  alarm: boolean
  once_in: number | null
  fix: string | null
  reports: AskRow[]
}

export type FileKind = 'csv' | 'geojson' | 'ics'

export interface FileAnswer {
  name: string
  mime: string
  text: string
}

export interface PlanAnswer {
  posts: { row: number; kind: AskKind; title: string }[]
  here: { row: number; why: string }[]
  faults: { row: number; why: string }[]
}
