/** The client process of a fan-out or of a reconnecting crowd. */
import { setPriority } from 'node:os';
import { answerOrder } from '../processes/ordered-process.js';
import { runFanout } from './fanout-loop.js';
import type { LoadTask } from './load-worker.js';
import { runReconnect } from './reconnect-loop.js';

/** A crowd goes behind the clients that are timed, with which it may share a core. */
const crowdNiceness = 10;

await answerOrder<LoadTask>(({ kind, order }) => {
  if (kind === 'fanout') return runFanout(order);
  setPriority(crowdNiceness);
  return runReconnect(order);
});
