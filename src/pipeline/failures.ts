/** The failures a pipeline itself decides on. */
import { type Failure, failure } from '../protocol/error-codes.js';

/** Its handler never saw it. */
export const expiredWaiting: Failure = Object.freeze(
  failure('deadline_exceeded', 'its time passed while it waited', { started: 'no' }),
);
/** So much is before it that it would not be done in time; its handler never saw it. */
export const cannotMeetDeadline: Failure = Object.freeze(
  failure('deadline_exceeded', 'it could not be done in its time', { started: 'no' }),
);
/** Its own deadline passed, or the time of the attempt or item. */
export const expiredRunning: Failure = Object.freeze(
  failure('deadline_exceeded', 'the handler took too long', { started: 'maybe' }),
);
/** By conflation. */
export const superseded: Failure = Object.freeze(
  failure('aborted', 'superseded by a newer event of the same key', { started: 'no' }),
);
