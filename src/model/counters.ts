/**
 * The plain integers that conservation is checked by: received = accepted + refused, and accepted = settled + in
 * flight. Rooms add to them on the hot path; telemetry reads them when asked.
 */
import type { ErrorCode } from '../protocol/error-codes.js';

export class Counters {
  /** Events read off a socket or out of a request body, whatever became of them. */
  received = 0;
  accepted = 0;
  refused = 0;
  /** Accepted events that ended well. */
  succeeded = 0;
  /** Accepted events that ended with an error. */
  failed = 0;
  readonly refusedBy = new Map<ErrorCode, number>();
  readonly failedBy = new Map<ErrorCode, number>();
  itemsSent = 0;
  itemsDropped = 0;
  sessionsOpened = 0;
  sessionsClosed = 0;
  /** By close code. */
  readonly closedBy = new Map<number, number>();
  /** Handlers that answered after their outcome was decided. */
  handlersLate = 0;
  retries = 0;
  /** Outcomes whose session had ended before they could be sent. */
  undelivered = 0;

  refuse(code: ErrorCode): void {
    this.refused += 1;
    this.refusedBy.set(code, (this.refusedBy.get(code) ?? 0) + 1);
  }

  fail(code: ErrorCode): void {
    this.failed += 1;
    this.failedBy.set(code, (this.failedBy.get(code) ?? 0) + 1);
  }

  close(code: number): void {
    this.sessionsClosed += 1;
    this.closedBy.set(code, (this.closedBy.get(code) ?? 0) + 1);
  }
}
