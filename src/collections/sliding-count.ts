/**
 * Tells when something has happened too often in any stretch of time of a given length. It keeps the times of the last
 * ones, as many as are too many, so it is exact: no stretch is cut in two by the borders of fixed periods.
 */
export class SlidingCount {
  readonly #windowMs: number;
  readonly #times: Float64Array;
  #count = 0;

  /** @param max how many are too many, 1 or more: 8 bytes each */
  constructor(max: number, windowMs: number) {
    this.#windowMs = windowMs;
    this.#times = new Float64Array(max);
  }

  /** One more, no earlier than the one before. @returns whether it and those before make `max` in `windowMs`. O(1). */
  add(nowMs: number): boolean {
    const slot = this.#count % this.#times.length;
    this.#times[slot] = nowMs;
    this.#count += 1;
    if (this.#count < this.#times.length) return false;
    const oldest = this.#times[this.#count % this.#times.length] as number;
    return nowMs - oldest <= this.#windowMs;
  }
}
