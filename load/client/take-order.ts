/** How a client process takes its one order and gives its one answer. */
import { text } from 'node:stream/consumers';
import type { ClientAnswer } from '../processes/client.js';
import type { LoadResult } from './order.js';

/** Reads an order as JSON from stdin, carries it out, writes the answer to stdout and ends the process. */
export async function takeOrder<Order>(carryOut: (order: Order) => Promise<LoadResult>): Promise<void> {
  const order = await text(process.stdin);
  // Nobody is there to order anything.
  if (order === '') process.exit(1);
  const answer = await answerTo(() => carryOut(JSON.parse(order)));
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
}

async function answerTo(run: () => Promise<LoadResult>): Promise<ClientAnswer> {
  try {
    return { result: await run() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
