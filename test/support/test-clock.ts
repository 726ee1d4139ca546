/** A clock that stands still until it is moved. */
import type { Clock, Timer } from '../../src/model/clock.js';

interface Pending {
  readonly atMs: number;
  readonly callback: () => void;
}

export class TestClock implements Clock {
  #nowMs: number;
  readonly #pending = new Set<Pending>();

  constructor(nowMs = 1_000_000) {
    this.#nowMs = nowMs;
  }

  /** Timers that have not fired. */
  get timers(): number {
    return this.#pending.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  turnMs(): number {
    return this.#nowMs;
  }

  epochMs(atMs: number): number {
    return atMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const pending = { atMs: this.#nowMs + delayMs, callback };
    this.#pending.add(pending);
    return { clear: () => this.#pending.delete(pending) };
  }

  /** Moves on, firing timers at their time and in their order. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const next = [...this.#pending].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  /** Moves on without firing anything, as when the event loop stands still; the next `advance` fires what is late. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }
}
