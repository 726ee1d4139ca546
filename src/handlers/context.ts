/** The context of one attempt. What costs something (signal, log) is made at first use. */
import type { Clock } from '../model/clock.js';
import type { EventRecord, Run } from '../model/event-record.js';
import type { HandlerContext, Log, Publish, TopicPresence } from '../model/handler.js';
import type { Failure } from '../protocol/error-codes.js';

/** Makes the log of one event from what is known of it. */
export type LogFor = (fields: Readonly<Record<string, unknown>>) => Log;

/** What contexts share. */
export interface ContextParts {
  readonly clock: Clock;
  readonly logFor: LogFor;
  readonly publish: Publish;
  readonly presence: (topic: string) => Promise<TopicPresence>;
}

/** Reason of a fired signal: an Error whose `code` is the outcome the event ended with. */
export class EventEndedError extends Error {
  readonly code: Failure['code'];

  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'EventEndedError';
    this.code = failure.code;
  }
}

export class Context implements HandlerContext, Run {
  readonly attempt: number;
  readonly #record: EventRecord;
  readonly #parts: ContextParts;
  #controller: AbortController | undefined = undefined;
  #ended: Failure | undefined = undefined;
  #log: Log | undefined = undefined;

  /** For a batch, `record` is its first. */
  constructor(record: EventRecord, parts: ContextParts) {
    this.attempt = record.attempt;
    this.#record = record;
    this.#parts = parts;
  }

  get identity(): string | undefined {
    return this.#record.origin.identity;
  }

  get trace(): string | undefined {
    return this.#record.trace;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended !== undefined) this.#controller.abort(new EventEndedError(this.#ended));
    }
    return this.#controller.signal;
  }

  get log(): Log {
    const { event } = this.#record;
    this.#log ??= this.#parts.logFor({ type: event.type, id: event.id, session: event.session });
    return this.#log;
  }

  get publish(): Publish {
    return this.#parts.publish;
  }

  presence(topic: string): Promise<TopicPresence> {
    return this.#parts.presence(topic);
  }

  remainingMs(): number {
    if (this.#ended !== undefined) return 0;
    const { dueAtMs, route } = this.#record;
    // Nothing is due while a stream waits for its client: its next item will have all the time there is.
    return dueAtMs === 0 ? route.timeoutMs : Math.max(0, dueAtMs - this.#parts.clock.nowMs());
  }

  /** Fires the signal. Listeners that throw are reported by the runtime as uncaught, so they are kept out. */
  abort(failure: Failure): void {
    if (this.#ended !== undefined) return;
    this.#ended = failure;
    this.#controller?.abort(new EventEndedError(failure));
  }
}
