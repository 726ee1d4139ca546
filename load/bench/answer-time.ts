/**
 * How long answers of one client take, as TCP estimates its round trip (RFC 6298, section 2): a smoothed mean and a
 * smoothed deviation. O(1), two numbers.
 */
const meanGain = 1 / 8;
const deviationGain = 1 / 4;
/** So much over the mean an answer may take and still be expected. */
const deviations = 2;
/** An estimate is never more than this part of the time there is, or nothing would be sent to find out better. */
const shareMax = 0.8;

export class AnswerTime {
  #meanMs = 0;
  #deviationMs = 0;
  #isKnown = false;

  /** An answer took so long from the moment its event was sent. */
  took(ms: number): void {
    if (!this.#isKnown) {
      this.#isKnown = true;
      this.#meanMs = ms;
      this.#deviationMs = ms / 2;
      return;
    }
    this.#deviationMs += deviationGain * (Math.abs(ms - this.#meanMs) - this.#deviationMs);
    this.#meanMs += meanGain * (ms - this.#meanMs);
  }

  /** Time the next answer may be expected to take; 0 before the first. */
  atMost(ttlMs: number): number {
    return Math.min(ttlMs * shareMax, this.#meanMs + deviations * this.#deviationMs);
  }
}
