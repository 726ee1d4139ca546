/** What the client itself says of an event that did not get through. */
import type { Operation } from './operation.js';
import type { OutboundQueue } from './outbound-queue.js';
import { type SluiceError, sluiceError } from './sluice-error.js';

/** Why an operation ends, once it is known whether it may have begun. */
export type Why = (started: 'no' | 'maybe') => SluiceError;

/** Milliseconds told with refusals of a full queue. */
const fullAfterMs = 100;

/** Its signal has fired. */
export function cancelled({ reason }: AbortSignal, started: 'no' | 'maybe'): SluiceError {
  return sluiceError('cancelled', 'cancelled by its signal', { started, cause: reason });
}

/** Its time is over. */
export function overdue(started: 'no' | 'maybe'): SluiceError {
  const where = started === 'no' ? 'it waited in the client' : 'the gateway had not answered';
  return sluiceError('deadline_exceeded', `the time of the event passed while ${where}`, { started });
}

/** It was sent in a session that is no more. */
export function sessionLost(): SluiceError {
  const message = 'the session was lost with the connection, and nobody knows what became of the event';
  return sluiceError('unavailable', message, { started: 'maybe', retry: 'no' });
}

/** It would have to wait, and there is no room. */
export function noRoom({ bytes }: Operation, queue: OutboundQueue): SluiceError {
  const { bounds } = queue;
  if (bytes > bounds.bytes) {
    const message = `expected data of at most ${bounds.bytes} bytes, as queue.bytes says, got ${bytes}`;
    return sluiceError('invalid_argument', message);
  }
  const waiting = `${queue.items} events with ${queue.bytes} bytes that wait`;
  const message = `expected room in the client's queue, got ${waiting}: await emit(), or writable()`;
  return sluiceError('resource_exhausted', message, { reason: 'queue', afterMs: fullAfterMs });
}

/** The gateway takes no message of its size. */
export function tooLarge(bytes: number, bytesMax: number): SluiceError {
  return sluiceError('invalid_argument', `expected an event of at most ${bytesMax} bytes, got one of ${bytes}`);
}

/**
 * Whether it came to a gateway that shuts down. So did all that were sent after it, and they wait for another gateway
 * in their order, whatever their keys.
 */
export function isTooLate({ code, started }: SluiceError): boolean {
  return code === 'unavailable' && started === 'no';
}
