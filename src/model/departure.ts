/** When many clients are asked to go: each at its own time, so that they do not all come back at once. */

/** Milliseconds between two of them, where there is time: 200 come back in a second. */
const slotMs = 5;

/** Milliseconds from now until one is to go, its slot being as far from the next as `spreadMs` allows and no farther than needed. */
export function departureMs(index: number, count: number, spreadMs: number): number {
  return Math.round(Math.min(slotMs, spreadMs / Math.max(1, count)) * index);
}
