/** What a client is told when the engine does not do what it was asked for. */
import { type Failure, failure } from '../protocol/error-codes.js';

/** The name of an error by which an engine says that it has no room; known by name, for engines come from elsewhere. */
const fullErrorName = 'EngineFullError';

/** No room is a refusal like others; everything else is for the log. Whether it was done is not known then. */
export function engineFailure(error: unknown, what: string, onFailed: (error: unknown, what: string) => void): Failure {
  if (error instanceof Error && error.name === fullErrorName) {
    return failure('resource_exhausted', 'no room for more topics or messages', { reason: 'memory' });
  }
  onFailed(error, what);
  return failure('unavailable', 'the engine did not answer', { started: 'maybe' });
}
