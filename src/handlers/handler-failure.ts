/** From whatever a handler threw to what the client is told; the text of an unknown throw stays in the log. */
import { HandlerError } from '../model/handler.js';
import { type Failure, failure, isErrorCode } from '../protocol/error-codes.js';

/** A handler's failure as the client sees it, and whether the route's retry applies. */
export interface HandlerFailure {
  readonly failure: Failure;
  readonly isTemporary: boolean;
  /** Set where the client is told less than the log should be. */
  readonly hidden: unknown;
}

/** Never throws, whatever the value is. */
export function handlerFailure(error: unknown, afterMs: number): HandlerFailure {
  const known = asHandlerError(error);
  if (known === undefined) {
    return { failure: failure('internal', 'the handler failed', { started: 'maybe' }), isTemporary: false, hidden: error };
  }
  return {
    failure: failure(known.code, known.message, {
      started: 'maybe',
      ...(known.temporary ? { retry: 'backoff' as const, afterMs } : {}),
      ...(known.details === undefined ? {} : { details: known.details }),
    }),
    isTemporary: known.temporary,
    hidden: undefined,
  };
}

/** By class, or by shape: a second copy of the package makes a second class. */
function asHandlerError(error: unknown): HandlerError | undefined {
  try {
    if (error instanceof HandlerError) return isErrorCode(error.code) ? error : undefined;
    if (!(error instanceof Error) || error.name !== 'HandlerError') return undefined;
    const { code, message } = error as HandlerError;
    return isErrorCode(code) && typeof message === 'string' ? (error as HandlerError) : undefined;
  } catch {
    return undefined;
  }
}
