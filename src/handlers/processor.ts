/**
 * Runs a stream processor: its inlet, its user's Observable, which is started again when it ends, and the publishing of
 * its results. What is lost when it is started again is the state in the user's operators, and the item being handled;
 * what waits in the inlet is kept.
 */
import type { Clock, Timer } from '../model/clock.js';
import { HandlerError, type Log, type SluiceEvent } from '../model/handler.js';
import type { TopicGap } from '../model/subscription.js';
import { defineHandler, type HandlerDefinition } from './define-handler.js';
import { defaultRestart, nameOfProcessor, type ProcessorDefinition, type TopicMessage } from './define-processor.js';
import { Inlet, type Waiting } from './inlet.js';
import { ProcessorRun, type RunEnd } from './processor-run.js';
import { RareLog } from './rare-log.js';
import { type PublishResult, ResultPublisher } from './result-publisher.js';

export interface ProcessorParts {
  readonly clock: Clock;
  /** Of this processor: what it logs does not say which one it is. */
  readonly log: Log;
  readonly publish: PublishResult;
  /** From 0 to 1, exclusive. */
  readonly random: () => number;
  /** Calls back in another turn of the event loop. @default setImmediate */
  readonly nextTurn?: (callback: () => void) => void;
}

/** What goes into a processor. */
export type ProcessorItem = SluiceEvent | TopicMessage;

/** Counts since its beginning, but for what waits. */
export interface ProcessorCounts {
  /** Items handed to the user's Observable. */
  readonly handled: number;
  /** Items in the inlet, or waiting for room in it. */
  readonly waiting: number;
  /** Results being published. */
  readonly publishing: number;
  readonly published: number;
  /** Results that were no messages, could not be published, or were too many at once. */
  readonly unpublished: number;
  /** Messages of its topics that it never got. */
  readonly missed: number;
  /** Times that its Observable failed or completed. */
  readonly restarts: number;
}

export class Processor {
  readonly definition: ProcessorDefinition;
  readonly #parts: ProcessorParts;
  readonly #rareLog: RareLog;
  readonly #inlet: Inlet<ProcessorItem>;
  readonly #results: ResultPublisher;
  #run: ProcessorRun<ProcessorItem> | undefined = undefined;
  #restart: Timer | undefined = undefined;
  #startedAtMs = 0;
  /** Ends in a row. */
  #ends = 0;
  #handled = 0;
  #missed = 0;
  #restarts = 0;
  #state: 'new' | 'started' | 'closed' = 'new';
  #idleWaiters: (() => void)[] = [];

  constructor(definition: ProcessorDefinition, parts: ProcessorParts) {
    this.definition = definition;
    this.#parts = parts;
    this.#rareLog = new RareLog(parts.log, parts.clock);
    this.#inlet = new Inlet({
      itemsMax: definition.inlet?.itemsMax ?? inletItems,
      deliver: (item) => this.#deliver(item),
      onTurn: () => this.#tellIdle(),
      nextTurn: parts.nextTurn ?? setImmediate,
    });
    this.#results = new ResultPublisher({
      publish: parts.publish,
      log: this.#rareLog,
      onBusy: (isBusy) => (isBusy ? this.#inlet.hold() : this.#inlet.release()),
      onIdle: () => this.#tellIdle(),
    });
    // Until it is started, and whenever its Observable is down.
    this.#inlet.hold();
  }

  get name(): string {
    return nameOfProcessor(this.definition);
  }

  /** Whether the inlet takes an item at once. */
  get hasRoom(): boolean {
    return this.#inlet.hasRoom;
  }

  get counts(): ProcessorCounts {
    const { underWay, published, refused, failed, leftOut } = this.#results;
    return {
      handled: this.#handled,
      waiting: this.#inlet.waiting,
      publishing: underWay,
      published,
      unpublished: refused + failed + leftOut,
      missed: this.#missed,
      restarts: this.#restarts,
    };
  }

  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#startRun();
  }

  /**
   * Takes an item for its Observable.
   * @returns undefined when there was room for it; else a promise that resolves when there is. It rejects with the reason
   * of `waiting.signal` when that fires first, and the item is not taken; and with `unavailable` when it is closed.
   */
  offer(item: ProcessorItem, waiting?: Waiting): undefined | Promise<void> {
    if (this.#state === 'closed') return Promise.reject(closedError());
    const taken = this.#inlet.offer(item, waiting);
    return taken?.then(() => {
      if (this.#state === 'closed') throw closedError();
    });
  }

  /**
   * Takes messages of its topics, beyond the bound of the inlet too: whoever gives them looks at `hasRoom` before, so that
   * the inlet holds no more than one bundle more than it may.
   */
  deliver(messages: readonly TopicMessage[]): void {
    if (this.#state === 'closed') return;
    // Not the entries themselves: they hold on to their encoded frames.
    for (const { topic, offset, key, data } of messages) this.#inlet.push({ topic, offset, key, data });
  }

  /** Sets what to call when it has room again, half of its inlet. @returns what undoes it */
  onRoom(listener: () => void): () => void {
    return this.#inlet.onRoom(listener);
  }

  /** Is told of messages that will not come. */
  gap({ topic, from, to, count, reason }: TopicGap): void {
    this.#missed += count;
    this.#rareLog.warn('a processor misses messages', { topic, from, to, reason }, count);
  }

  /**
   * Resolves when nothing waits, nothing is being published, and no work of `mapAsync` is under way: for who stops it, has
   * stopped giving items, and does not wait for ever, for its Observable may be down.
   */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#tellIdle();
    });
  }

  /**
   * Ends its Observable by completing what goes in, so that what it has gathered is still published; what waits in the
   * inlet is lost, and logged.
   */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#restart?.clear();
    this.#run?.finish();
    this.#run = undefined;
    // Nothing is delivered any more.
    this.#inlet.hold();
    const items = this.#inlet.clear();
    if (items > 0) this.#parts.log.warn({ items }, 'a processor was closed while items waited for it');
    this.#rareLog.flush();
    this.#tellIdle();
  }

  #startRun(): void {
    this.#restart = undefined;
    this.#startedAtMs = this.#parts.clock.nowMs();
    const run = new ProcessorRun<ProcessorItem>({
      definition: this.definition,
      inlet: this.#inlet,
      log: this.#parts.log,
      onResult: (result) => this.#results.take(result),
      onIdle: () => this.#tellIdle(),
      onEnd: (end) => this.#runEnded(end),
    });
    this.#run = run;
    // The run holds the inlet itself until somebody listens.
    this.#inlet.release();
    run.start();
  }

  #runEnded(end: RunEnd): void {
    this.#run = undefined;
    if (this.#state === 'closed') return;
    this.#inlet.hold();
    this.#restarts += 1;
    const { minMs = defaultRestart.minMs, maxMs = Math.max(minMs, defaultRestart.maxMs) } =
      this.definition.restart ?? {};
    const { clock, log, random } = this.#parts;
    if (clock.nowMs() - this.#startedAtMs >= maxMs) this.#ends = 0;
    this.#ends += 1;
    const boundMs = Math.min(maxMs, minMs * 2 ** this.#ends);
    const delayMs = Math.round(minMs + random() * (boundMs - minMs));
    const fields = { waiting: this.#inlet.waiting, startsInMs: delayMs };
    if (end === 'completed') log.warn(fields, 'the Observable of a processor completed; it is started again');
    else log.error({ err: end.error, ...fields }, 'the Observable of a processor failed; it is started again');
    this.#restart = clock.after(delayMs, () => this.#startRun());
  }

  #deliver(item: ProcessorItem): void {
    this.#handled += 1;
    this.#run?.push(item);
  }

  #tellIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    if (this.#inlet.waiting > 0 || this.#results.underWay > 0 || this.#run?.isWorking === true) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** The handler of the route of a processor of events: an event ends, without a value, when the inlet took it. */
export function handlerOfProcessor(processor: Processor): HandlerDefinition {
  const { kind, from, through, inlet, restart, ...options } = processor.definition;
  if (typeof from !== 'string') throw new TypeError(`the processor of the topic ${from.topic} has no route`);
  return defineHandler({ ...options, type: from, handle: (event, context) => processor.offer(event, context) });
}

const inletItems = 1024;

function closedError(): HandlerError {
  return new HandlerError('unavailable', 'its stream processor was stopped', { temporary: true });
}
