/** Chooses how a stream is run: by its source, its client's overflow policy, and whether anyone listens at all. */
import type { Observable } from 'rxjs';
import type { EventRecord, Run, StreamHandle } from '../model/event-record.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import { closeIterator } from './iterator-reader.js';
import { OverflowingStream } from './overflowing-stream.js';
import { ResultStream, type StreamEnd } from './result-stream.js';
import type { StreamTurns } from './stream-turns.js';

export type Source = AsyncIterator<unknown> | Observable<unknown>;

/** Turns an Observable into an iterator that is ahead of its reader by a bounded number of items. */
export type Bridge = (source: Observable<unknown>) => AsyncIterator<unknown>;

/** What all streams share. */
export interface StreamShared {
  readonly end: StreamEnd;
  readonly turns: StreamTurns;
  readonly bridge: Bridge;
}

/** Opens the stream of one event. It starts with the first `resume()`. */
export function openStream(record: EventRecord, source: Source, shared: StreamShared): Run & StreamHandle {
  const { end, turns, bridge } = shared;
  const context = record.run;
  if (!record.origin.acceptsStream) return refusedStream(record, source, { end, context, why: streamNotAccepted });
  const parts = { end, turns, context };
  if (record.overflow !== 'wait') return new OverflowingStream(record, source, parts);
  return new ResultStream(record, 'subscribe' in source ? bridge(source) : source, parts);
}

/** Told to a client that asked for one value and would get many: over HTTP, 406. */
export const streamNotAccepted = Object.freeze(
  failure('failed_precondition', 'the answer is a stream: ask for it with Accept: text/event-stream', {
    started: 'maybe',
  }),
);

/** A stream whose client was gone before it was opened: nobody would ever take anything of it. */
export function unheardStream(record: EventRecord, source: Source, end: StreamEnd): Run & StreamHandle {
  // So that it counts as a stream, of which no outcome is remembered.
  record.items = 0;
  return refusedStream(record, source, { end, context: record.run, why: unheard });
}

const unheard = Object.freeze(failure('cancelled', 'the session has ended', { started: 'maybe' }));

function refusedStream(
  record: EventRecord,
  source: Source,
  { end, context, why }: { readonly end: StreamEnd; readonly context: Run | undefined; readonly why: Failure },
): Run & StreamHandle {
  if (!('subscribe' in source)) closeIterator(source);
  return {
    abort: (reason) => context?.abort(reason),
    pull: () => undefined,
    resume() {
      context?.abort(why);
      end.fail(record, why);
    },
  };
}
