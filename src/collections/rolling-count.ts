/**
 * Counts what happened lately, in a window that moves on by tenths: something leaves between nine and ten tenths of the
 * window after it came. Nothing is allocated once it is made.
 */

/** Parts a window has. Times are given as numbers of parts: see {@link windowPart}. */
export const windowParts = 10;

/** The number of the part a time falls in. @param nowMs 0 or later */
export function windowPart(nowMs: number, windowMs: number): number {
  return Math.floor((nowMs * windowParts) / windowMs);
}

/** Parts are given in order: none is before the one given last. */
export class RollingCount {
  readonly #counts = new Int32Array(windowParts);
  #part = 0;
  #slot = 0;
  #total = 0;

  /** One more. O(1). */
  add(part: number): void {
    if (part !== this.#part) this.#moveTo(part);
    this.#counts[this.#slot] = (this.#counts[this.#slot] as number) + 1;
    this.#total += 1;
  }

  /** How many are in the window. O(1). */
  total(part: number): number {
    if (part !== this.#part) this.#moveTo(part);
    return this.#total;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  #moveTo(part: number): void {
    const steps = Math.min(part - this.#part, windowParts);
    this.#part = part;
    for (let i = 0; i < steps; i += 1) {
      this.#slot = this.#slot === windowParts - 1 ? 0 : this.#slot + 1;
      this.#total -= this.#counts[this.#slot] as number;
      this.#counts[this.#slot] = 0;
    }
  }
}
