/** The client process of a fan-out or of a reconnecting crowd: an order on stdin, an answer on stdout. */
import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { runFanout } from './fanout-loop.js';
import type { LoadAnswer, LoadTask } from './load-worker.js';
import { runReconnect } from './reconnect-loop.js';

/** A crowd goes behind the clients that are timed, with which it may share a core. */
const crowdNiceness = 10;

const task = JSON.parse(await text(process.stdin)) as LoadTask;
let answer: LoadAnswer;
try {
  answer = { result: await run(task) };
} catch (error) {
  answer = { failure: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));

function run({ kind, order }: LoadTask): Promise<unknown> {
  if (kind === 'fanout') return runFanout(order);
  setPriority(crowdNiceness);
  return runReconnect(order);
}
