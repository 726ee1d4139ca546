/** What a close code tells the client to do: the ranges of PROTOCOL.md, section 4. */
import { isFinalClose } from '../protocol/close-codes.js';
import { type SluiceError, sluiceError } from './sluice-error.js';

/** `stop`: there is nothing to come back to. `wait`: back off first. `now`: the gateway is ready for it. */
export type Comeback = 'stop' | 'wait' | 'now';

/**
 * @param refusedWith HTTP status of a refused connection, where it is known
 */
export function comebackAfter(code: number, refusedWith: number | undefined): Comeback {
  if (refusedWith !== undefined) return isFinalStatus(refusedWith) ? 'stop' : 'wait';
  if (isFinalClose(code)) return 'stop';
  return code >= 4200 && code < 4300 ? 'now' : 'wait';
}

/** What is to be said of it. */
export function closeText(code: number, reason: string, refusedWith: number | undefined): string {
  if (refusedWith !== undefined) return `the connection was refused with the status ${refusedWith}`;
  const text = reason === '' ? '' : `: ${reason}`;
  return code === 1006 ? `the connection was lost${text}` : `the connection was closed with ${code}${text}`;
}

/** The error of a client that has to stop. */
export function finalError(code: number, reason: string, refusedWith: number | undefined): SluiceError {
  const message = closeText(code, reason, refusedWith);
  if (code === 4001 || code === 4008 || refusedWith === 401) return sluiceError('unauthenticated', message, started);
  if (code === 4003 || refusedWith === 403) return sluiceError('permission_denied', message, started);
  if (code === 4009) return sluiceError('aborted', message, started);
  if (refusedWith !== undefined) return sluiceError('failed_precondition', message, started);
  return sluiceError('unavailable', message, { ...started, retry: 'no' });
}

const started = { started: 'maybe' } as const;

/** A status the same request will get again; 408 and 429 ask to wait. */
function isFinalStatus(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
