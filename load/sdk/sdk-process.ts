/** The client process of `sluice bench client`. */
import { answerOrder } from '../processes/ordered-process.js';
import { runRequests } from './request-loop.js';

await answerOrder(runRequests);
