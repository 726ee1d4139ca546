/** Lines that may come for every event: at most one of a kind in a while, which says how many it stands for. */
import type { Clock } from '../model/clock.js';
import type { Log } from '../model/handler.js';

interface Told {
  readonly level: 'warn' | 'error';
  readonly atMs: number;
  /** Since then, not told. */
  untold: number;
}

export class RareLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #told = new Map<string, Told>();

  /** @param everyMs milliseconds between two lines of a kind, at least */
  constructor(log: Log, clock: Clock, everyMs = 10_000) {
    this.#log = log;
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /**
   * @param message also says of which kind it is: the caller has a small number of them
   * @param count how many it stands for; the line has the sum of those not told before as `times`
   */
  warn(message: string, fields: object, count = 1): void {
    this.#tell('warn', message, fields, count);
  }

  /** The same for an error. */
  error(message: string, fields: object, count = 1): void {
    this.#tell('error', message, fields, count);
  }

  /** Tells what has not been told. */
  flush(): void {
    for (const [message, { level, untold }] of this.#told) {
      if (untold > 0) this.#log[level]({ times: untold }, message);
    }
    this.#told.clear();
  }

  #tell(level: Told['level'], message: string, fields: object, count: number): void {
    const nowMs = this.#clock.turnMs();
    const told = this.#told.get(message);
    if (told !== undefined && nowMs - told.atMs < this.#everyMs) {
      told.untold += count;
      return;
    }
    this.#told.set(message, { level, atMs: nowMs, untold: 0 });
    this.#log[level]({ ...fields, times: count + (told?.untold ?? 0) }, message);
  }
}
