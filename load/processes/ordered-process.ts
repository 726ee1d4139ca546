/** A process that is given one order on stdin and answers with one line on stdout: both ends of it. */
import { text } from 'node:stream/consumers';
import { clientCore, spawnNode } from './pinned.js';

/** What the process answers: figures, or why there are none. */
type Answer<Result> = { readonly result: Result } | { readonly failure: string };

/**
 * Runs one order in a process of its own, on the core of clients.
 * @param script the file of the process, which calls {@link answerOrder}
 * @param lifeMsMax it is killed when it takes longer
 * @throws when the order could not be carried out
 */
export async function giveOrder<Result>(script: string, order: unknown, lifeMsMax: number): Promise<Result> {
  const child = spawnNode(['--import', 'tsx', script], { core: clientCore, lifeMsMax });
  try {
    child.stdin?.end(JSON.stringify(order));
    const output = child.stdout === null ? '' : await text(child.stdout);
    if (output === '') throw new Error('expected an answer of the client process, it ended without one');
    const answer = JSON.parse(output) as Answer<Result>;
    if ('failure' in answer) throw new Error(answer.failure);
    return answer.result;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Takes the order of this process, answers it, and ends the process. */
export async function answerOrder<Order>(run: (order: Order) => Promise<unknown>): Promise<void> {
  const order = JSON.parse(await text(process.stdin)) as Order;
  let answer: Answer<unknown>;
  try {
    answer = { result: await run(order) };
  } catch (error) {
    answer = { failure: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
}
