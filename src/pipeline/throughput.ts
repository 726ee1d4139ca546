/**
 * What the slots of a pipeline finish in a millisecond while they are what limits it. Time in which nothing waited says
 * nothing about that, so it only counts when it shows more; and a burst after a quiet hour finds the figure it left.
 */

/** How far the figure moves to what a window shows. Of 100 ms, ten times as much is known in 200, a tenth in 700. */
const riseShare = 0.5;
const fallShare = 0.3;

const windowsMax = 10;

export class Throughput {
  /** Events per millisecond; 0 until something is known. */
  perMs = 0;
  readonly #windowMs: number;
  #count = 0;
  #startedAtMs = 0;
  #hadNoneWaiting = true;

  /** @param windowMs over which events are counted before the figure moves */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** One run has ended. O(1). */
  finished(nowMs: number): void {
    if (nowMs - this.#startedAtMs >= this.#windowMs) this.#next(nowMs);
    this.#count += 1;
  }

  /** Nothing waits now. */
  noneWaiting(): void {
    this.#hadNoneWaiting = true;
  }

  /** Something waits now. O(1). */
  someWaiting(nowMs: number): void {
    if (nowMs - this.#startedAtMs >= this.#windowMs) this.#next(nowMs);
  }

  #next(nowMs: number): void {
    const elapsedMs = nowMs - this.#startedAtMs;
    const shown = this.#count / elapsedMs;
    // One look after a long time is not as good as many, and what is nothing at all could not be told from unknown.
    const windows = Math.min(windowsMax, elapsedMs / this.#windowMs);
    if (shown > this.perMs) this.perMs += (shown - this.perMs) * riseShare;
    else if (!this.#hadNoneWaiting) this.perMs += (shown - this.perMs) * (1 - (1 - fallShare) ** windows);
    this.#count = 0;
    this.#startedAtMs = nowMs;
    this.#hadNoneWaiting = false;
  }
}
