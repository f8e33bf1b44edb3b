// A map without tiles: where coarse places lie on a flat drawing of a small part of the earth. Knows no page.
import type { AskRow, Spot } from './types'

/** Degrees north and east. */
export interface Point {
  north: number
  east: number
}

/** A place where something is asked. */
export interface Dot<T> extends Point {
  label: string
  items: T[]
}

/** What is shown: its middle, and how many degrees north-south it spans. */
export interface View extends Point {
  span: number
}

/** Never nearer than about a kilometre: places are coarse on purpose. */
export const MIN_SPAN = 0.01
export const MAX_SPAN = 160
const MARGIN = 1.6

/** How much narrower a degree east is than one north, there. */
const narrow = (north: number) => Math.max(0.05, Math.cos((north * Math.PI) / 180))

/** Degrees east from the middle, the short way round. */
const around = (east: number) => ((((east + 180) % 360) + 360) % 360) - 180

/** Whether a place can be drawn. */
export function isPlaced(spot: Spot | null): spot is Spot & { north: number; east: number } {
  return typeof spot?.north === 'number' && typeof spot.east === 'number'
}

/** Everything at one coarse place together: what would lie on one another is one dot. */
export function dotsOf<T extends { place: AskRow['place'] }>(items: readonly T[], span: number): Dot<T>[] {
  const dots: Dot<T>[] = []
  const near = span / 14
  for (const item of items) {
    const { place } = item
    if (!isPlaced(place)) continue
    const dot = dots.find(({ north, east }) => Math.hypot(north - place.north, around(east - place.east) * narrow(north)) <= near)
    if (dot === undefined) dots.push({ north: place.north, east: place.east, label: place.label, items: [item] })
    else {
      dot.items.push(item)
      dot.label ||= place.label
    }
  }
  return dots
}

/** A view with all these points in it; null without any. */
export function viewOf(points: readonly Point[]): View | null {
  const [first] = points
  if (first === undefined) return null
  const norths = points.map(point => point.north)
  const easts = points.map(point => first.east + around(point.east - first.east))
  const [south, north, west, east] = [Math.min(...norths), Math.max(...norths), Math.min(...easts), Math.max(...easts)]
  const middle = (south + north) / 2
  return {
    north: middle,
    east: around((west + east) / 2),
    span: within(Math.max(north - south, (east - west) * narrow(middle)) * MARGIN || MIN_SPAN * 4),
  }
}

const within = (span: number) => Math.min(MAX_SPAN, Math.max(MIN_SPAN, span))

export const zoomed = (view: View, by: number): View => ({ ...view, span: within(view.span * by) })

/** Moved by shares of what is seen. */
export function panned(view: View, right: number, up: number): View {
  const north = Math.min(85, Math.max(-85, view.north + up * view.span))
  return { ...view, north, east: around(view.east + (right * view.span) / narrow(view.north)) }
}

/** Where a point is drawn, in a drawing of this size. */
export function place(view: View, point: Point, width: number, height: number): { x: number; y: number } {
  const scale = Math.min(width, height) / view.span
  return {
    x: width / 2 + around(point.east - view.east) * narrow(view.north) * scale,
    y: height / 2 - (point.north - view.north) * scale,
  }
}

/** Which point is drawn there, as coarse as places are: thousandths of a degree. */
export function pointAt(view: View, x: number, y: number, width: number, height: number): Point {
  const scale = Math.min(width, height) / view.span
  const coarse = (degrees: number) => Math.round(degrees * 1_000) / 1_000
  return {
    north: coarse(view.north - (y - height / 2) / scale),
    east: coarse(around(view.east + (x - width / 2) / scale / narrow(view.north))),
  }
}

/** A length that is easy to say and a share of the drawing's smaller side: at most a third of it. */
export function ruler(view: View): { metres: number; share: number } {
  const whole = view.span * 111_195
  const most = whole / 3
  const power = 10 ** Math.floor(Math.log10(most))
  const metres = [5, 2, 1].map(times => times * power).find(length => length <= most) ?? power
  return { metres, share: metres / whole }
}

/** "52.52,13.405" as the program reads it. */
export const pointText = ({ north, east }: Point) => `${north},${east}`

/** The first point that a text names: "52.52, 13.405", `geo:52.52,13.405`, or a link of a map. */
export function pointIn(text: string): Point | null {
  const osm = /[#&?]map=\d+(?:\.\d+)?\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)/.exec(text)
  const plain = /(?<![\d.])(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)(?![\d.])/.exec(text)
  const found = osm ?? plain
  if (found === null) return null
  const [north, east] = [Number(found[1]), Number(found[2])]
  if (Math.abs(north) > 90 || Math.abs(east) > 180) return null
  return { north: Math.round(north * 1_000) / 1_000, east: Math.round(east * 1_000) / 1_000 }
}
