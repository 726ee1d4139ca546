/**
 * Looks at the process again and again: how busy its event loop is, how late, and how full its heap. One timer, and
 * about a microsecond for each look.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock, Timer } from '../model/clock.js';

export interface ProcessReadingsOptions {
  readonly clock: Clock;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  /** Milliseconds the event loop was busy and idle, since some moment in the past. @default Node's own count */
  readonly loopTimes?: () => LoopTimes;
  /** Part of the heap's limit in use, 0 to 1. @default V8's own count, with the garbage not collected yet */
  readonly heapPart?: () => number;
}

/** Totals of the event loop in milliseconds. Waiting for something to do is idle; all else is active. */
export interface LoopTimes {
  readonly idle: number;
  readonly active: number;
}

/** What one look saw. */
export interface ProcessReading {
  /** Part of the time since the look before in which the event loop was busy, 0 to 1. */
  readonly utilisation: number;
  /** How much later than it should this look came: the event loop was busy with something else. */
  readonly lagMs: number;
  /** Part of the heap's limit in use, 0 to 1. */
  readonly heap: number;
}

export class ProcessReadings {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #loopTimes: () => LoopTimes;
  readonly #heapPart: () => number;
  #timer: Timer | undefined = undefined;
  #dueAtMs = 0;
  #before: LoopTimes = { idle: 0, active: 0 };

  constructor(options: ProcessReadingsOptions) {
    this.#clock = options.clock;
    this.#everyMs = options.everyMs;
    this.#loopTimes = options.loopTimes ?? performance.eventLoopUtilization;
    this.#heapPart = options.heapPart ?? heapPartInUse;
  }

  /**
   * Looks for the first time in `everyMs`, and then every `everyMs` until stopped. `onReading` may call `stop`.
   * Starting again tells the new `onReading` only.
   */
  start(onReading: (reading: ProcessReading) => void): void {
    this.stop();
    this.#before = this.#loopTimes();
    this.#wait(onReading);
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #wait(onReading: (reading: ProcessReading) => void): void {
    this.#dueAtMs = this.#clock.nowMs() + this.#everyMs;
    this.#timer = this.#clock.after(this.#everyMs, () => {
      // The timer of the machine may be a fraction of a millisecond early.
      const lagMs = Math.max(0, this.#clock.nowMs() - this.#dueAtMs);
      // Before anything that might throw: the looks go on.
      this.#wait(onReading);
      onReading({ utilisation: this.#utilisation(), lagMs, heap: this.#heapPart() });
    });
  }

  #utilisation(): number {
    const { idle, active } = this.#loopTimes();
    const busyMs = active - this.#before.active;
    const passedMs = busyMs + idle - this.#before.idle;
    this.#before = { idle, active };
    return passedMs > 0 ? Math.min(1, Math.max(0, busyMs / passedMs)) : 0;
  }
}

function heapPartInUse(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return used_heap_size / heap_size_limit;
}
