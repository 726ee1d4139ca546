/** Handlers only the load tests need. */
import { defineHandler } from '../../dist/index.js';

/** Long enough that neither the gateway nor the client is ever behind: what is too much waits in the queue. */
const everyMs = 5;

/** @type {{ resolve: (data: unknown) => void, data: unknown }[]} */
let running = [];

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

function finish() {
  const done = running;
  running = [];
  for (const { resolve, data } of done) resolve(data);
}
