/** From whatever a handler threw to what the client is told; the text of an unknown throw stays in the log. */
import { HandlerError } from '../model/handler.js';
import { type ErrorCode, type Failure, failure, isErrorCode } from '../protocol/error-codes.js';

/** A handler's failure as the client sees it, and whether the route's retry applies. */
export interface HandlerFailure {
  readonly failure: Failure;
  readonly isTemporary: boolean;
  /** The client is told less than the log should be. */
  readonly isHidden: boolean;
  /** It says that the handler, or what it needs, does not work; others say that it does, and does not want this event. */
  readonly isIll: boolean;
}

/** Codes by which a handler says that it cannot do its work. */
const illCodes: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'internal',
  'deadline_exceeded',
  'resource_exhausted',
]);

/** Never throws, whatever the value is. */
export function handlerFailure(error: unknown, afterMs: number): HandlerFailure {
  try {
    if (isHandlerError(error)) {
      const isIll = error.temporary || illCodes.has(error.code);
      return { failure: told(error, afterMs), isTemporary: error.temporary, isHidden: false, isIll };
    }
  } catch {
    // An error whose fields throw when they are read is like any other unknown one.
  }
  const failed = failure('internal', 'the handler failed', { started: 'maybe' });
  return { failure: failed, isTemporary: false, isHidden: true, isIll: true };
}

function told(error: HandlerError, afterMs: number): Failure {
  return failure(error.code, error.message, {
    started: 'maybe',
    ...(error.temporary ? { retry: 'backoff' as const, afterMs } : {}),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

/** By class, or by shape: a second copy of the package makes a second class. */
function isHandlerError(error: unknown): error is HandlerError {
  if (!(error instanceof HandlerError) && !(error instanceof Error && error.name === 'HandlerError')) return false;
  const { code, message } = error as HandlerError;
  return isErrorCode(code) && typeof message === 'string';
}
