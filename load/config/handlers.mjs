/** Handlers only the load tests need. */
import { defineHandler } from '../../dist/index.js';

/**
 * Returns its data one turn of the event loop later: the least that is really asynchronous. With 256 slots, 256
 * events are done per turn, and all others wait in the queue.
 */
export const later = defineHandler({
  type: 'later',
  handle: (event) => new Promise((resolve) => setImmediate(resolve, event.data)),
});
