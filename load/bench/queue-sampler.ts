/** The length of the gateway's queue, read from its metrics now and then: a mean over time, not over events. */
import { readGatewayCounters } from '../audit/gateway-counters.js';
import type { Target } from './target.js';

/** Seldom enough not to be a load of its own: a scrape takes the gateway about a millisecond. */
const everyMs = 100;

export class QueueSampler {
  readonly #url: string;
  readonly #reads: Promise<number | undefined>[] = [];
  #timers: NodeJS.Timeout[] = [];

  constructor({ host, adminPort, port }: Target) {
    this.#url = `http://${host}:${adminPort ?? port}/metrics`;
  }

  /** Reads from `afterMs` on, for `durationMs`. */
  start(afterMs: number, durationMs: number): void {
    const begin = setTimeout(() => {
      const timer = setInterval(() => this.#reads.push(this.#read()), everyMs);
      this.#timers.push(
        timer,
        setTimeout(() => clearInterval(timer), durationMs),
      );
    }, afterMs);
    this.#timers.push(begin);
  }

  /** Stops reading. A scrape that failed is none. @returns 0 when nothing was read */
  async mean(): Promise<number> {
    for (const timer of this.#timers) clearTimeout(timer);
    const lengths = (await Promise.all(this.#reads)).filter((length) => length !== undefined);
    return lengths.length === 0 ? 0 : lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  }

  async #read(): Promise<number | undefined> {
    try {
      return (await readGatewayCounters(this.#url)).waiting;
    } catch {
      return undefined;
    }
  }
}
