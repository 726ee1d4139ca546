/**
 * The middle of the drawing, from the queue to the outcome: pipelines pull events to their handlers, and every
 * accepted event ends in {@link EventFlow.settled}, once. Part of the composition root.
 */
import type { Admission } from './admission/admission.js';
import type { CreditLedger } from './admission/credit-ledger.js';
import { Idempotency, type OutcomeStore } from './admission/idempotency.js';
import type { Config } from './config/schema.js';
import { Context, type ContextParts } from './handlers/context.js';
import { handlerFailure } from './handlers/handler-failure.js';
import { invoke, invokeBatch, type StreamSource } from './handlers/invoke.js';
import { PublishRefusedError } from './handlers/publishing.js';
import type { Routes } from './handlers/routes.js';
import type { Clock } from './model/clock.js';
import type { Counters } from './model/counters.js';
import type { CreditAdvice } from './model/credit-window.js';
import type { EventRecord } from './model/event-record.js';
import type { LoopTurn } from './model/loop-turn.js';
import { BridgeOverflowError, bridge } from './operators/bridge.js';
import { Pipeline } from './pipeline/pipeline.js';
import type { PipelinePorts } from './pipeline/ports.js';
import { type Failure, failure, type Started } from './protocol/error-codes.js';
import type { EventFields } from './protocol/frames.js';
import { openStream, unheardStream } from './replies/open-stream.js';
import { StreamTurns } from './replies/stream-turns.js';
import type { Safeguards } from './safeguards.js';
import type { GatewayLog } from './telemetry/log.js';

export interface EventFlowParts {
  readonly clock: Clock;
  readonly turn: LoopTurn;
  readonly counters: Counters;
  readonly log: GatewayLog;
  readonly routes: Routes;
  readonly admission: Admission;
  readonly ledger: CreditLedger;
  readonly safeguards: Safeguards;
  /** Of the whole configuration, what is about queues and slots. */
  readonly config: Pick<Config, 'pipelines' | 'adaptive' | 'overload' | 'window'>;
  /** What became of events that may come again. */
  readonly outcomes: OutcomeStore;
  /** What handlers may do with topics. */
  readonly topics: Pick<ContextParts, 'publish' | 'presence'>;
  /** Whether bytes or memory speak against growing credit. */
  readonly isPressed: () => boolean;
  /** Items an Observable may be ahead of its client. */
  readonly bridgeItemsMax: number;
}

/** Windows stay as they are. */
const held: CreditAdvice = Object.freeze({ mayGrow: false, scale: 1, share: 1 });

export class EventFlow {
  readonly pipelines: readonly Pipeline<StreamSource>[];
  readonly #parts: EventFlowParts;
  /** By the index of the route. */
  readonly #pipelineOf: readonly Pipeline<StreamSource>[];
  readonly #idempotency: Idempotency;
  /** Accepted and not ended, though nobody waits for them. */
  readonly #abandoned = new Set<EventRecord>();

  constructor(parts: EventFlowParts) {
    this.#parts = parts;
    const { routes } = parts;
    this.#idempotency = new Idempotency({
      clock: parts.clock,
      outcomes: parts.outcomes,
      enqueue: (record) => this.enqueue(record),
      settled: (record) => this.settled(record),
      onFailed: (error) => parts.log.error({ err: error }, 'outcomes of events cannot be kept or looked up'),
    });
    const ports = this.#ports();
    const byName = new Map<string, Pipeline<StreamSource>>();
    const { pipelines, adaptive, overload, window } = parts.config;
    const { control: isControlled, rateWindowMs } = overload;
    const { shrinkPercent } = window;
    for (const [name, pipeline] of Object.entries(pipelines)) {
      const batchRoutes = routes.all.filter((route) => route.pipeline === name && route.batch !== undefined).length;
      const slots = typeof pipeline.slots === 'number' ? pipeline.slots : { ...adaptive, ...pipeline.slots };
      const options = { ...pipeline, name, slots, batchRoutes, isControlled, rateWindowMs, shrinkPercent };
      byName.set(name, new Pipeline(options, ports));
    }
    this.pipelines = [...byName.values()];
    this.#pipelineOf = routes.all.map((route) => byName.get(route.pipeline) as Pipeline<StreamSource>);
  }

  /**
   * Looks at the idempotency key of an admitted event, if it has one.
   * @returns why it is refused, and then it holds nothing any more; or undefined
   */
  claim(record: EventRecord, fields: EventFields): Failure | undefined {
    const why = this.#idempotency.claim(record, fields);
    if (why !== undefined) this.#parts.admission.release(record);
    return why;
  }

  /** Takes an accepted event into the queue; or to wait for the outcome of the one it repeats. It may have settled. */
  enter(record: EventRecord): void {
    this.#idempotency.enter(record);
  }

  /** Takes an accepted event into the queue; it may have settled when this returns. */
  enqueue(record: EventRecord): void {
    this.#of(record).offer(record);
  }

  /** Ends an event early: its client does not want it, or is gone. Does nothing when it has ended. */
  cancel(record: EventRecord, message: string): void {
    this.#of(record).end(record, failure('cancelled', message, { started: startedOf(record) }));
  }

  /**
   * Nobody waits for the event any more: it is ended early, but for one that may be asked for again by its idempotency
   * key, and is no stream. Its outcome is remembered.
   */
  abandon(record: EventRecord): void {
    if (record.idem === undefined || record.isDuplicate || record.stream !== undefined) {
      this.cancel(record, sessionEnded);
    } else if (record.state !== 'settled') {
      record.isAbandoned = true;
      this.#abandoned.add(record);
    }
  }

  /** Ends early what nobody waits for any more: the gateway stops. */
  giveUpAbandoned(message: string): void {
    for (const record of [...this.#abandoned]) this.giveUp(record, message);
  }

  /** Ends an event early: the gateway stops. Does nothing when it has ended. */
  giveUp(record: EventRecord, message: string): void {
    this.#of(record).end(record, failure('unavailable', message, { started: startedOf(record) }));
  }

  /** A result that cannot be encoded is for the log; the client is told `internal`. */
  encodingFailed(record: EventRecord, error: unknown): void {
    this.#logError(record, error, 'the result of a handler cannot be encoded');
  }

  close(): void {
    for (const pipeline of this.pipelines) pipeline.close();
  }

  /** Every accepted event comes by here, once: its room is free again, its outcome leaves, its credit returns. */
  settled(record: EventRecord): void {
    const { admission, counters, ledger } = this.#parts;
    const { origin } = record;
    admission.release(record);
    origin.settled(record);
    this.#idempotency.settled(record);
    if (record.isAbandoned) this.#abandoned.delete(record);
    if (record.failure === undefined) counters.succeeded += 1;
    else counters.fail(record.failure.code);
    if (record.usesReserve || origin.window === undefined) return;
    // What no handler saw is no use of a window.
    const isTold =
      record.attempt === 0 ? ledger.refuse(origin.window) : ledger.finish(origin.window, this.#advice(record));
    if (isTold) origin.creditChanged();
  }

  #advice(record: EventRecord): CreditAdvice {
    const { advice } = this.#of(record);
    const { safeguards, isPressed } = this.#parts;
    return advice.mayGrow && (isPressed() || !safeguards.mayGrow(record)) ? held : advice;
  }

  #of(record: EventRecord): Pipeline<StreamSource> {
    return this.#pipelineOf[record.route.index] as Pipeline<StreamSource>;
  }

  #ports(): PipelinePorts<StreamSource> {
    const { clock, turn, counters, log, bridgeItemsMax, safeguards, topics } = this.#parts;
    const contextParts: ContextParts = {
      clock,
      logFor: (fields) => log.child(fields),
      publish: topics.publish,
      presence: (topic) => topics.presence(topic),
    };
    const turns = new StreamTurns();
    const toIterator = (source: Parameters<typeof bridge>[0]) => bridge(source, { itemsMax: bridgeItemsMax });
    return {
      clock,
      turn,
      counters,
      random: Math.random,
      invoke(record, end) {
        const context = new Context(record, contextParts);
        record.run = context;
        invoke(record, context, end);
        safeguards.ran(record.route);
      },
      invokeBatch(route, events, first) {
        const context = new Context(first, contextParts);
        const results = invokeBatch(route, events, context);
        safeguards.ran(route);
        return { results, run: context };
      },
      openStream(record, source, host) {
        safeguards.streamOpened(record.route);
        if (record.isAbandoned) return unheardStream(record, source, host);
        return openStream(record, source, { end: host, turns, bridge: toIterator });
      },
      refuseStart: (record) => safeguards.refuseStart(record),
      ran: ({ route }) => safeguards.ran(route),
      attemptEnded: (record, health) => safeguards.attemptEnded(record, health),
      explain: (record, error) => this.#explain(record, error),
      onSettled: (record) => this.settled(record),
    };
  }

  #explain(record: EventRecord, error: unknown): ReturnType<PipelinePorts<StreamSource>['explain']> {
    if (is(PublishRefusedError, error)) return { failure: error.failure, isTemporary: false, isIll: false };
    const explained = handlerFailure(error, record.route.retry.maxMs);
    if (!explained.isHidden) return explained;
    if (is(BridgeOverflowError, error)) {
      const why = failure('resource_exhausted', error.message, { reason: 'overflow', started: 'maybe' });
      return { failure: why, isTemporary: false, isIll: false };
    }
    this.#logError(record, error, 'a handler failed');
    return explained;
  }

  /** What handlers throw can be anything, even something that throws when it is looked at. */
  #logError(record: EventRecord, error: unknown, message: string): void {
    const { type } = record.event;
    try {
      this.#parts.log.error({ err: error instanceof Error ? error : new Error(String(error)), type }, message);
    } catch {
      this.#parts.log.error({ type }, `${message} with something that cannot be described`);
    }
  }
}

const sessionEnded = 'the session has ended';

/** Whether a handler may have seen an event, or the one whose outcome it waits for. */
function startedOf({ state, isDuplicate }: EventRecord): Started {
  return state === 'running' || isDuplicate ? 'maybe' : 'no';
}

/** What handlers throw may throw itself when it is looked at. */
function is<T>(kind: new (...args: never[]) => T, error: unknown): error is T {
  try {
    return error instanceof kind;
  } catch {
    return false;
  }
}
