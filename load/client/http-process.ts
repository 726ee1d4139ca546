/** A process of its own for the HTTP side. */
import { runHttpLoop } from './http-loop.js';
import { takeOrder } from './take-order.js';

await takeOrder(runHttpLoop);
