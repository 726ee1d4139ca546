/**
 * The one error of the client. What the gateway refuses, what a handler fails with and what the client itself cannot do
 * look the same: match them by `code`.
 */
import {
  type ErrorCode,
  type ExhaustedReason,
  type Failure,
  type FailureExtras,
  failure,
  type Retry,
  type Started,
} from '../protocol/error-codes.js';

/** Codes, `retry` and `started` are those of PROTOCOL.md, section 4. */
export class SluiceError extends Error implements Failure {
  readonly code: ErrorCode;
  /** `backoff`: the same may succeed after `afterMs`. `no`: it will not. */
  readonly retry: Retry;
  /** Milliseconds to wait; given exactly when `retry` is `backoff`. */
  declare readonly afterMs?: number;
  /** `no`: the handler never saw the event, to send it again is safe. `maybe`: it may have run. */
  readonly started: Started;
  /** Which bound was reached, where `code` is `resource_exhausted`. */
  declare readonly reason?: ExhaustedReason;
  /** What the handler gave besides. */
  declare readonly details?: unknown;

  /** @param cause what it came from: the reason of an `AbortSignal`, say */
  constructor(why: Failure, cause?: unknown) {
    super(why.message, cause === undefined ? undefined : { cause });
    this.name = 'SluiceError';
    this.code = why.code;
    this.retry = why.retry;
    this.started = why.started;
    if (why.afterMs !== undefined) this.afterMs = why.afterMs;
    if (why.reason !== undefined) this.reason = why.reason;
    if (why.details !== undefined) this.details = why.details;
  }
}

/** An error of the client's own, with what the code means by itself. */
export function sluiceError(
  code: ErrorCode,
  message: string,
  extras?: FailureExtras & { cause?: unknown },
): SluiceError {
  return new SluiceError(failure(code, message, extras), extras?.cause);
}
