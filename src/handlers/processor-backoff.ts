/** How long what a processor needs is left alone before it is tried again: longer each time, until it has lasted. */
import type { Clock } from '../model/clock.js';

/** Bounds of the waits, in milliseconds. */
export interface BackoffBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

export class ProcessorBackoff {
  readonly #bounds: BackoffBounds;
  readonly #clock: Clock;
  readonly #random: () => number;
  #beganAtMs: number | undefined = undefined;
  /** Ends in a row. */
  #ends = 0;

  /** @param random from 0 to 1, exclusive */
  constructor(bounds: BackoffBounds, clock: Clock, random: () => number) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#random = random;
  }

  /** It goes on from now. */
  began(): void {
    this.#beganAtMs = this.#clock.nowMs();
  }

  /**
   * It has ended.
   * @returns milliseconds to wait: from `minMs` to a bound that doubles up to `maxMs`, and begins anew when it has lasted
   * for `maxMs`
   */
  ended(): number {
    const { minMs, maxMs } = this.#bounds;
    if (this.#beganAtMs !== undefined && this.#clock.nowMs() - this.#beganAtMs >= maxMs) this.#ends = 0;
    this.#beganAtMs = undefined;
    this.#ends += 1;
    const boundMs = Math.min(maxMs, minMs * 2 ** this.#ends);
    return Math.round(minMs + this.#random() * (boundMs - minMs));
  }
}
