/** A handler that publishes what it is told, for tests of topics: events of the type `say`. */
import { defineHandler } from '../../src/index.js';

export interface Said {
  readonly topic: string;
  /** Data of each message. */
  readonly all: readonly unknown[];
  /** Of each message, where they have keys. */
  readonly keys?: readonly string[];
}

/** Where a message went. */
export interface Place {
  readonly topic: string;
  readonly epoch: string;
  readonly offset: number;
}

/** Publishes all, and answers with the places. */
export const say = defineHandler<Said>({
  type: 'say',
  async handle({ data: { topic, all, keys } }, context) {
    const places: Place[] = [];
    for (const [i, data] of all.entries()) {
      const key = keys?.[i];
      places.push(await context.publish(topic, data, key === undefined ? {} : { key }));
    }
    return places;
  },
});

/** The numbers from one to another, which serve as data that tells its place. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
