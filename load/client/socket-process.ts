/** A process of its own for the WebSocket side: one order as JSON argument, one result as JSON line on stdout. */
import { runClosedLoop } from './closed-loop.js';
import type { LoadOrder } from './order.js';

const order: LoadOrder = JSON.parse(process.argv[2] ?? '');
process.stdout.write(`${JSON.stringify(await runClosedLoop(order))}\n`, () => process.exit(0));
