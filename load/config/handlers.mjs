/** Handlers only the load tests need. */
import { setTimeout as wait } from 'node:timers/promises';
import { defineHandler } from '../../dist/index.js';

/** Long enough that neither the gateway nor the client is ever behind: what is too much waits in the queue. */
const everyMs = 5;

/** @type {{ resolve: (data: unknown) => void, data: unknown }[]} */
let running = [];

/** @type {Set<() => boolean>} */
const serving = new Set();
/** How long the event loop is kept turning after the last event: one that sleeps takes longer to hear of the next. */
const awakeUs = 200_000;
let awakeUntilUs = 0;

/**
 * Holds its slot for the time its event asks for, to some ten microseconds: timers are only good to a millisecond, so
 * the event loop is kept turning instead. Says how long the event had waited since it was sent, by the clock that all
 * processes of a machine share, and how long it really held the slot.
 */
export const service = defineHandler({
  type: 'service',
  order: 'none',
  handle({ data: { n, serviceUs, sentUs } }) {
    const startedUs = microseconds();
    return new Promise((resolve) => {
      if (awakeUntilUs === 0) setImmediate(look);
      awakeUntilUs = startedUs + awakeUs;
      serving.add(() => {
        const heldUs = microseconds() - startedUs;
        if (heldUs < serviceUs) return false;
        resolve({ n, waitUs: startedUs - sentUs, heldUs });
        return true;
      });
    });
  },
});

function look() {
  for (const isOver of serving) if (isOver()) serving.delete(isOver);
  if (serving.size > 0 || microseconds() < awakeUntilUs) setImmediate(look);
  else awakeUntilUs = 0;
}

function microseconds() {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Returns its data, but not at once: all events that hold a slot are done together, every few milliseconds. So 256
 * slots do at most 50,000 events in a second, and of more than that the rest really waits in the queue.
 */
export const later = defineHandler({
  type: 'later',
  handle: ({ data }) =>
    new Promise((resolve) => {
      if (running.push({ resolve, data }) === 1) setTimeout(finish, everyMs);
    }),
});

/** Answers with `bytes` of filling after `ms` milliseconds: for clients nobody keeps a ledger of. */
export const aside = defineHandler({
  type: 'aside',
  order: 'none',
  async handle({ data: { bytes = 0, ms = 0 } }) {
    if (ms > 0) await wait(Math.min(ms, 1000));
    return { fill: 'x'.repeat(bytes) };
  },
});

/** Yields `items` items of `bytes` each. */
export const asideStream = defineHandler({
  type: 'aside.stream',
  order: 'none',
  async *handle({ data: { bytes = 0, items = 0 } }) {
    for (let item = 1; item <= items; item += 1) yield { item, fill: 'x'.repeat(bytes) };
  },
});

function finish() {
  const done = running;
  running = [];
  for (const { resolve, data } of done) resolve(data);
}
