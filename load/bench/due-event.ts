/** One event of a scenario on its way, as the client that sends it sees it. */
import type { EventKind } from './bench-order.js';

/** An event from the moment it is due until its outcome. Times are milliseconds since the run began. */
export interface DueEvent {
  readonly n: number;
  readonly kind: EventKind;
  readonly dueMs: number;
  /** What its handler is to take; 0 where that is not asked for. */
  readonly serviceUs: number;
  sentMs: number;
  readonly keySequence: number;
  /** Key among all of the run; −1 for none. */
  readonly key: number;
  items: number;
  pulled: number;
}
