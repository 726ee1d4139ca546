/** When to try again a failure that its handler called temporary. */
import type { EventRecord } from '../model/event-record.js';
import type { Deadlines } from './deadlines.js';

/**
 * Full jitter over an exponentially growing bound ("Exponential Backoff and Jitter", AWS Architecture Blog, 2015),
 * never below the route's `minMs`.
 * @returns milliseconds to wait, or undefined when no attempt is left or it would start past the event's deadline
 */
export function retryDelayMs(record: EventRecord, deadlines: Deadlines, random: () => number): number | undefined {
  const { attempts, minMs, maxMs } = record.route.retry;
  if (record.attempt >= attempts) return undefined;
  const boundMs = Math.min(maxMs, minMs * 2 ** record.attempt);
  const delayMs = minMs + random() * Math.max(0, boundMs - minMs);
  return deadlines.allows(record, delayMs) ? delayMs : undefined;
}
