/**
 * A token bucket: bytes per second, and what may come at once. It knows no clock: the caller says what time it is.
 */

/** The bucket holds what comes in this time, and gives no less than a quarter of it unless less is wanted. */
const burstMs = 20;

export class TokenBucket {
  readonly #bytesPerMs: number;
  readonly #bytesMax: number;
  readonly #grantBytesMin: number;
  #bytes: number;
  #filledAtMs: number;

  /** Full at the start. @param bytesPerSecond at least 1 */
  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#bytesMax = Math.max(1, this.#bytesPerMs * burstMs);
    this.#grantBytesMin = Math.max(1, Math.floor(this.#bytesMax / 4));
    this.#bytes = this.#bytesMax;
    this.#filledAtMs = nowMs;
  }

  /** Takes up to `wanted` bytes, at least one. @returns how many; 0 when there are too few to be worth it */
  take(wanted: number, nowMs: number): number {
    this.#fill(nowMs);
    if (this.#bytes < Math.min(wanted, this.#grantBytesMin)) return 0;
    const granted = Math.min(wanted, Math.floor(this.#bytes));
    this.#bytes -= granted;
    return granted;
  }

  /** How long until `take` of so many gives something. */
  readyInMs(wanted: number, nowMs: number): number {
    this.#fill(nowMs);
    return Math.max(0, (Math.min(wanted, this.#grantBytesMin) - this.#bytes) / this.#bytesPerMs);
  }

  #fill(nowMs: number): void {
    this.#bytes = Math.min(this.#bytesMax, this.#bytes + (nowMs - this.#filledAtMs) * this.#bytesPerMs);
    this.#filledAtMs = nowMs;
  }
}
