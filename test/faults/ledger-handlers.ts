/**
 * Handlers of a gateway that is killed: what they begin is in a file before anything else happens, and some of them wait
 * until a test lets them go on, in whichever process they are.
 */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { defineHandler, definePublisher } from '../../src/index.js';
import { heapBytes } from '../support/heap.js';

interface Numbered {
  readonly n: number;
}

const ledger = process.env.FAULTS_LEDGER ?? '';
const gate = process.env.FAULTS_GATE ?? '';
const lookMs = 5;

const began = (n: number): void => appendFileSync(ledger, `${JSON.stringify({ n, pid: process.pid })}\n`);
const isOpen = (): boolean => existsSync(gate);
const untilOpen = async (): Promise<void> => {
  while (!isOpen()) await wait(lookMs);
};

/** Says which process did it. */
export const work = defineHandler<Numbered>({
  type: 'ledger.work',
  handle: ({ data: { n } }) => {
    began(n);
    return { n, pid: process.pid };
  },
});

/** The same, when the gate is open. */
export const held = defineHandler<Numbered>({
  type: 'ledger.held',
  order: 'none',
  handle: async ({ data: { n } }) => {
    began(n);
    await untilOpen();
    return { n, pid: process.pid };
  },
});

/** Two items, and the third and last when the gate is open. */
export const rows = defineHandler<Numbered>({
  type: 'ledger.rows',
  order: 'none',
  async *handle({ data: { n } }) {
    began(n);
    yield 1;
    yield 2;
    await untilOpen();
    yield 3;
  },
});

/** Its only item when the gate is open. */
export const lateRows = defineHandler<Numbered>({
  type: 'ledger.late-rows',
  order: 'none',
  async *handle({ data: { n } }) {
    began(n);
    await untilOpen();
    yield process.pid;
  },
});

/** Counts until the gate is open. */
export const counting = defineHandler<{ readonly everyMs: number }>({
  type: 'ledger.counting',
  async *handle({ data: { everyMs } }) {
    for (let n = 1; !isOpen(); n += 1) {
      yield n;
      await wait(everyMs);
    }
  },
});

/** Publishes numbers until the gate is open. @returns how many */
export const announcing = defineHandler<{ readonly topic: string; readonly everyMs: number }>({
  type: 'ledger.announcing',
  timeoutMs: 600_000,
  handle: async ({ data: { topic, everyMs } }, { publish }) => {
    let n = 0;
    while (!isOpen()) {
      n += 1;
      await publish(topic, { n });
      await wait(everyMs);
    }
    return n;
  },
});

/** A message. */
export const news = definePublisher<Numbered>({ type: 'ledger.publish', topic: 'news' });

let slowRuns = 0;
const slowNumbers = new Set<number>();

/** Takes a millisecond. */
export const slow = defineHandler<Numbered>({
  type: 'ledger.slow',
  order: 'none',
  handle: async ({ data: { n } }) => {
    slowRuns += 1;
    slowNumbers.add(n);
    await wait(1);
  },
});

/** What became of the slow ones, and the bytes of this process's heap. */
export const report = defineHandler({
  type: 'ledger.report',
  order: 'none',
  handle: () => ({ runs: slowRuns, distinct: slowNumbers.size, heapBytes: heapBytes() }),
});
