/** Warnings that may come for every event: at most one of a kind in a while, which says how many it stands for. */
import type { Clock } from '../model/clock.js';
import type { Log } from '../model/handler.js';

interface Told {
  atMs: number;
  /** Since then, not told. */
  untold: number;
}

const everyMs = 10_000;

export class RareLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #told = new Map<string, Told>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * @param message also says of which kind it is: the caller has a small number of them
   * @param count how many it stands for; the line has the sum of those not told before as `times`
   */
  warn(message: string, fields: object, count = 1): void {
    const nowMs = this.#clock.turnMs();
    const told = this.#told.get(message);
    if (told !== undefined && nowMs - told.atMs < everyMs) {
      told.untold += count;
      return;
    }
    this.#told.set(message, { atMs: nowMs, untold: 0 });
    this.#log.warn({ ...fields, times: count + (told?.untold ?? 0) }, message);
  }

  /** Tells what has not been told. */
  flush(): void {
    for (const [message, { untold }] of this.#told) {
      if (untold > 0) this.#log.warn({ times: untold }, message);
    }
    this.#told.clear();
  }
}
