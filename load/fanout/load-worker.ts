/** Runs one order in a client process of its own. */
import { fileURLToPath } from 'node:url';
import { giveOrder } from '../processes/ordered-process.js';
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

const script = fileURLToPath(new URL('./load-process.ts', import.meta.url));

/** @param lifeMsMax it is killed when it takes longer. @throws when the order could not be carried out */
export function runLoad<Kind extends keyof LoadTasks>(
  kind: Kind,
  order: LoadTasks[Kind]['order'],
  lifeMsMax: number,
): Promise<LoadTasks[Kind]['result']> {
  return giveOrder(script, { kind, order }, lifeMsMax);
}
