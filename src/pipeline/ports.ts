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
  /** Whether it may ask for an item now; when not, it is resumed as soon as there is a slot for it. */
  hasSlot(record: EventRecord): boolean;
  /** An item is asked for: its time starts. */
  itemAwaited(record: EventRecord): void;
  /** The stream waits for its client: only the event's own deadline counts, and its slot is lent to others. */
  clientAwaited(record: EventRecord): void;
  /** The source has just run: an item, or its end, is there. */
  ran(record: EventRecord): void;
  ended(record: EventRecord, value: unknown): void;
  /** The source failed with a value of its own, or the stream with a failure of ours. */
  broke(record: EventRecord, error: unknown): void;
  fail(record: EventRecord, failure: Failure): void;
}

/** What an attempt says of its handler: that it works, that it does not, or nothing (the event was cancelled). */
export type Health = 'well' | 'ill' | 'unknown';

/** A handler's failure as the client is told it. */
export interface Explained {
  readonly failure: Failure;
  readonly isTemporary: boolean;
  /** Whether it shows that the handler, or what it needs, does not work. */
  readonly isIll: boolean;
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
  /** User code of the event has just run. */
  ran(record: EventRecord): void;
  /** Asked before an event that waited is handed to its handler. @returns why it may not be, or undefined */
  refuseStart(record: EventRecord): Failure | undefined;
  /** An attempt is over, or has shown enough. */
  attemptEnded(record: EventRecord, health: Health): void;
  /** What the client is told of a handler's failure; logs what it is not told. */
  explain(record: EventRecord, error: unknown): Explained;
  /** The one place where every accepted event ends. */
  onSettled(record: EventRecord): void;
}
