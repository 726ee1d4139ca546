/** What a pipeline needs from other rooms; the composition root gives it. */
import type { Clock } from '../model/clock.js';
import type { Counters } from '../model/counters.js';
import type { EventRecord, Run, StreamHandle } from '../model/event-record.js';
import type { SluiceEvent } from '../model/handler.js';
import type { LoopTurn } from '../model/loop-turn.js';
import type { Route } from '../model/route.js';
import type { Failure } from '../protocol/error-codes.js';

/** How an attempt ended; `attempt` tells a late answer apart. Structurally the handlers' `Completion`. */
export interface AttemptEnd<Source> {
  value(record: EventRecord, attempt: number, value: unknown): void;
  stream(record: EventRecord, attempt: number, source: Source): void;
  failed(record: EventRecord, attempt: number, error: unknown): void;
}

/** What a running stream tells the pipeline. */
export interface StreamHost {
  /** An item was asked for: its time starts. */
  itemAwaited(record: EventRecord): void;
  /** The stream waits for its client: only the event's own deadline counts. */
  clientAwaited(record: EventRecord): void;
  ended(record: EventRecord, value: unknown): void;
  /** The source failed with a value of its own, or the stream with a failure of ours. */
  broke(record: EventRecord, error: unknown): void;
  fail(record: EventRecord, failure: Failure): void;
}

/** The other rooms, as a pipeline sees them. `Source` is whatever handlers return as a stream. */
export interface PipelinePorts<Source> {
  readonly clock: Clock;
  readonly turn: LoopTurn;
  readonly counters: Counters;
  readonly random: () => number;
  /** Calls the handler; sets `record.run`. */
  invoke(record: EventRecord, end: AttemptEnd<Source>): void;
  /** Calls a batching handler; the promise gives one result, or Error, per event. */
  invokeBatch(
    route: Route,
    events: readonly SluiceEvent[],
    first: EventRecord,
  ): { results: Promise<readonly unknown[]>; run: Run };
  openStream(record: EventRecord, source: Source, host: StreamHost): Run & StreamHandle;
  /** What the client is told of a handler's failure; logs what it is not told. */
  explain(record: EventRecord, error: unknown): { readonly failure: Failure; readonly isTemporary: boolean };
  /** The one place where every accepted event ends. */
  onSettled(record: EventRecord): void;
}
