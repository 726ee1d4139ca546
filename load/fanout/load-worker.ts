/** Runs one order in a client process of its own. */
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { clientCore, spawnNode } from '../processes/pinned.js';
import type { FanoutOrder, FanoutResult } from './fanout-order.js';
import type { ReconnectOrder, ReconnectResult } from './reconnect-order.js';

/** What a client process can be asked for, and what that finds. */
export interface LoadTasks {
  readonly fanout: { readonly order: FanoutOrder; readonly result: FanoutResult };
  readonly reconnect: { readonly order: ReconnectOrder; readonly result: ReconnectResult };
}

/** The order, as it goes to the process. */
export type LoadTask = {
  [Kind in keyof LoadTasks]: { readonly kind: Kind; readonly order: LoadTasks[Kind]['order'] };
}[keyof LoadTasks];

/** What the process answers: figures, or why there are none. */
export type LoadAnswer<Result = unknown> = { readonly result: Result } | { readonly failure: string };

const script = fileURLToPath(new URL('./load-process.ts', import.meta.url));

/** @param lifeMsMax it is killed when it takes longer. @throws when the order could not be carried out */
export async function runLoad<Kind extends keyof LoadTasks>(
  kind: Kind,
  order: LoadTasks[Kind]['order'],
  lifeMsMax: number,
): Promise<LoadTasks[Kind]['result']> {
  const child = spawnNode(['--import', 'tsx', script], { core: clientCore, lifeMsMax });
  try {
    child.stdin?.end(JSON.stringify({ kind, order }));
    const output = child.stdout === null ? '' : await text(child.stdout);
    if (output === '') throw new Error('expected an answer of the client process, it ended without one');
    const answer = JSON.parse(output) as LoadAnswer<LoadTasks[Kind]['result']>;
    if ('failure' in answer) throw new Error(answer.failure);
    return answer.result;
  } finally {
    child.kill('SIGKILL');
  }
}
