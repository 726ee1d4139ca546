/** Handlers for measuring fan-out and reconnecting: they publish, hold on to events, and say what memory is in use. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineHandler } from '../../dist/index.js';

/** Publishes what it is given. */
export const publish = defineHandler({
  type: 'bench.publish',
  order: 'none',
  handle({ data: { topic, data } }, context) {
    context.publish(topic, data);
  },
});

/** Answers at once. */
export const echo = defineHandler({ type: 'bench.echo', order: 'none', handle: ({ data }) => data });

/** Publishes once to each of `count` topics that begin with `prefix`. */
export const touch = defineHandler({
  type: 'bench.touch',
  handle({ data: { prefix, first, count, data } }, context) {
    for (let topic = first; topic < first + count; topic += 1) context.publish(`${prefix}.${topic}`, data);
  },
});

/** Memory in use once all garbage is collected, in bytes. */
export const memory = defineHandler({
  type: 'bench.memory',
  async handle() {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    // What the first round sets free, such as finalizers of buffers, is collected by the next.
    for (let round = 0; round < 3; round += 1) {
      collect();
      await turn();
    }
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { rss, heapUsed, external, arrayBuffers };
  },
});

/** @type {Set<() => void>} */
const held = new Set();

/** Waits until `bench.release`, or until nobody wants it any more. */
function released(signal) {
  return new Promise((resolve) => {
    const done = () => {
      held.delete(done);
      resolve();
    };
    held.add(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Returns its data when all are released. */
export const hold = defineHandler({
  type: 'bench.hold',
  pipeline: 'held',
  order: 'none',
  async handle({ data }, { signal }) {
    await released(signal);
    return data;
  },
});

/** Yields a numbered item every `everyMs` until all are released. */
export const ticks = defineHandler({
  type: 'bench.ticks',
  pipeline: 'held',
  order: 'none',
  async *handle({ data: { everyMs } }, { signal }) {
    let isOver = false;
    const over = released(signal).then(() => {
      isOver = true;
    });
    for (let tick = 1; !isOver; tick += 1) {
      yield { tick };
      let timer;
      const pause = new Promise((resolve) => {
        timer = setTimeout(resolve, everyMs);
      });
      await Promise.race([pause, over]);
      clearTimeout(timer);
    }
  },
});

/** Lets all that is held go on. Says how many there were. */
export const release = defineHandler({
  type: 'bench.release',
  handle() {
    const count = held.size;
    for (const done of held) done();
    return { count };
  },
});
