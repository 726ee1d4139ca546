/** A handler of a stream that knows how far it was asked, and whether somebody still reads. */
import { defineHandler, type HandlerDefinition } from '../../src/index.js';

export interface Producer {
  readonly handler: HandlerDefinition<number | null>;
  /** Items it was asked for, of all its streams. */
  readonly asked: number;
  /** Streams that began. */
  readonly started: number;
  /** Streams whose generator was let go, at its end or before. */
  readonly released: number;
}

/** A stream `numbers` of 1, 2, … up to `data`, or without an end. */
export function producer(): Producer {
  const seen = { asked: 0, started: 0, released: 0 };
  const handler = defineHandler<number | null>({
    type: 'numbers',
    async *handle({ data }) {
      seen.started += 1;
      try {
        for (let n = 1; n <= (data ?? Number.MAX_SAFE_INTEGER); n += 1) {
          seen.asked += 1;
          yield n;
        }
      } finally {
        seen.released += 1;
      }
    },
  });
  return {
    handler,
    get asked() {
      return seen.asked;
    },
    get started() {
      return seen.started;
    },
    get released() {
      return seen.released;
    },
  };
}
