/** A process of its own for the WebSocket side. */
import { runClosedLoop } from './closed-loop.js';
import { takeOrder } from './take-order.js';

await takeOrder(runClosedLoop);
