/** The failures a session itself decides on. */
import { type Failure, failure } from '../protocol/error-codes.js';
import type { Id } from '../protocol/frames.js';
import { isId } from '../protocol/validation.js';

/** Milliseconds after which a client that ran out of credit may look again; it will have been told before. */
const creditAfterMs = 100;

/** The event is beyond the credit its client was told. */
export const beyondCredit: Failure = Object.freeze(
  failure('resource_exhausted', 'beyond the credit of this session', { reason: 'credit', afterMs: creditAfterMs }),
);

/** So many events of the session are open that no more can be. */
export const tooManyOpen: Failure = Object.freeze(
  failure('resource_exhausted', 'too many events of this session are open', { reason: 'rate' }),
);

/** So many subscriptions of the session are open that no more can be. */
export const tooManySubscriptions: Failure = Object.freeze(
  failure('resource_exhausted', 'too many subscriptions of this session are open', { reason: 'rate' }),
);

/** The id is that of an operation that goes on, so it stands in the details: what carries it would end the operation. */
export function openAlready(id: Id): Failure {
  return failure('already_exists', 'an operation with this id is open', { details: { id } });
}

/** A frame with a field that is wrong. The open operation of that id, if it has one, is untouched. */
export function malformed(problem: string, id: unknown): Failure {
  return failure('invalid_argument', problem, isId(id) ? { details: { id } } : {});
}

/** Something that came where a frame was expected. */
export function notAFrame(value: unknown): Failure {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failure('invalid_argument', 'expected a frame to be a map');
  }
  const { op } = value as { readonly op?: unknown };
  return failure('invalid_argument', `expected op to be a string, got ${op === undefined ? 'nothing' : typeof op}`);
}

/** An op of the protocol that this gateway has no use for. */
export function notOffered(op: string): Failure {
  return failure('unimplemented', `this gateway does not offer ${op}`);
}

/** An op of nobody's. */
export function unknownOp(op: string): Failure {
  return failure('unimplemented', `unknown op ${op.slice(0, 32)}`);
}
