/** Handlers that count what they did, for tests that compare it with what clients were told. */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { defineHandler, definePublisher } from '../../src/index.js';

/** One emitted event: the sequence counts within its key. */
export interface Emitted {
  readonly key: string;
  readonly sequence: number;
}

/** The handlers of one gateway, and how often each event ran. */
export class CountedHandlers {
  /** Number of a request → how often it ran. */
  readonly requests = new Map<number, number>();
  /** Key → the sequences that ran, in their order. */
  readonly emitted = new Map<string, number[]>();
  /** Bodies of the stream that were begun. */
  streams = 0;

  /** For `startTestGateway`. */
  readonly all = [
    defineHandler<{ readonly n: number; readonly ms: number }>({
      type: 'counted.request',
      order: 'none',
      handle: async ({ data: { n, ms } }) => {
        this.requests.set(n, (this.requests.get(n) ?? 0) + 1);
        if (ms > 0) await wait(ms);
        return { answerTo: n };
      },
    }),
    defineHandler<Emitted>({
      type: 'counted.emit',
      handle: async ({ data: { key, sequence } }) => {
        const ran = this.emitted.get(key) ?? [];
        this.emitted.set(key, ran);
        ran.push(sequence);
        await nextTurn();
      },
    }),
    defineHandler<{ readonly items: number }>({
      type: 'counted.stream',
      handle: ({ data }) => this.#items(data.items),
    }),
    defineHandler({ type: 'counted.endless', handle: () => endless() }),
    definePublisher<{ readonly n: number; readonly topic: string }>({
      type: 'counted.publish',
      topic: ({ data }) => data.topic,
    }),
  ];

  async *#items(items: number): AsyncGenerator<number> {
    this.streams += 1;
    for (let n = 1; n <= items; n += 1) yield n;
  }
}

async function* endless(): AsyncGenerator<number> {
  for (let n = 1; ; n += 1) yield n;
}
