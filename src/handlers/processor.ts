/**
 * Runs a stream processor: its inlet, its user's Observable, which is started again when it ends, and the publishing of
 * its results. What is lost when it is started again is the state in the user's operators, and the item being handled;
 * what waits in the inlet is kept.
 */
import type { Clock, Timer } from '../model/clock.js';
import { HandlerError, type Log, type SluiceEvent } from '../model/handler.js';
import type { TopicGap } from '../model/subscription.js';
import type { Failure } from '../protocol/error-codes.js';
import { defaultRestart, type ProcessorDefinition, type TopicMessage } from './define-processor.js';
import { Inlet, type Waiting } from './inlet.js';
import { ProcessorBackoff } from './processor-backoff.js';
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
  /** Messages of its topics that it never got; what it missed while it had lost its topics counts as one. */
  readonly missed: number;
  /** Times that its Observable failed or completed. */
  readonly restarts: number;
}

export class Processor {
  readonly #definition: ProcessorDefinition;
  readonly #parts: ProcessorParts;
  readonly #rareLog: RareLog;
  readonly #inlet: Inlet<ProcessorItem>;
  readonly #results: ResultPublisher;
  readonly #backoff: ProcessorBackoff;
  #run: ProcessorRun<ProcessorItem> | undefined = undefined;
  #restart: Timer | undefined = undefined;
  #handled = 0;
  #missed = 0;
  #restarts = 0;
  #state: 'new' | 'started' | 'finishing' | 'closed' = 'new';

  constructor(definition: ProcessorDefinition, parts: ProcessorParts) {
    this.#definition = definition;
    this.#parts = parts;
    const { minMs = defaultRestart.minMs, maxMs = Math.max(minMs, defaultRestart.maxMs) } = definition.restart ?? {};
    this.#backoff = new ProcessorBackoff({ minMs, maxMs }, parts.clock, parts.random);
    this.#rareLog = new RareLog(parts.log, parts.clock);
    this.#inlet = new Inlet({
      itemsMax: definition.inlet?.itemsMax ?? inletItems,
      deliver: (item) => this.#deliver(item),
      onTurn: () => this.#finishRun(),
      nextTurn: parts.nextTurn ?? setImmediate,
    });
    this.#results = new ResultPublisher({
      publish: parts.publish,
      log: this.#rareLog,
      onBusy: (isBusy) => (isBusy ? this.#inlet.hold() : this.#inlet.release()),
    });
    // Until it is started, and whenever its Observable is down.
    this.#inlet.hold();
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
    this.#beginAnew();
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
    if (messages.length > 0) this.#beginAnew();
  }

  /** Sets what to call when it has room again, half of its inlet. */
  onRoom(listener: () => void): void {
    this.#inlet.onRoom(listener);
  }

  /** Is told of messages that will not come. */
  gap({ topic, from, to, count, reason }: TopicGap): void {
    this.#missed += count;
    this.#rareLog.warn('a processor misses messages', { topic, from, to, reason }, count);
  }

  /** Is told that it gets no messages for a while, and how many milliseconds that is. */
  lost(why: Failure, againInMs: number): void {
    this.#missed += 1;
    const { code, reason, message } = why;
    this.#rareLog.error('a processor lost its topics, and subscribes again', { code, reason, why: message, againInMs });
  }

  /** Whether nothing waits, nothing is being published, and no work of `mapAsync` is under way. */
  get isIdle(): boolean {
    return this.#inlet.waiting === 0 && this.#results.underWay === 0 && (this.#run?.working ?? 0) === 0;
  }

  /**
   * The gateway stops. As soon as nothing waits, what goes in completes, so that what its Observable has gathered is still
   * published; it goes on until it completes. What comes later all the same begins it anew, and completes again.
   */
  finish(): void {
    if (this.#state === 'started') this.#state = 'finishing';
    this.#finishRun();
  }

  /** Whether its Observable has completed after {@link finish}, and all is published. */
  get isFinished(): boolean {
    return this.#run === undefined && this.#restart === undefined && this.isIdle;
  }

  /**
   * At once: what goes in completes, and what leaves in the same moment is still published. What was not handled is lost,
   * and logged with how much it was.
   * @param behind messages of its topics that had not come to its inlet
   */
  close(behind = 0): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#restart?.clear();
    this.#restart = undefined;
    this.#run?.finish();
    const working = this.#run?.working ?? 0;
    this.#run?.stop();
    this.#run = undefined;
    // Nothing is delivered any more.
    this.#inlet.hold();
    const items = this.#inlet.clear() + behind;
    this.#rareLog.flush();
    if (items + working > 0) {
      this.#parts.log.warn({ items, working }, 'a processor was stopped: so many items were not handled');
    }
  }

  #startRun(): void {
    this.#restart = undefined;
    this.#backoff.began();
    const run = new ProcessorRun<ProcessorItem>({
      definition: this.#definition,
      inlet: this.#inlet,
      log: this.#parts.log,
      onResult: (result) => this.#results.take(result),
      onEnd: (end) => this.#runEnded(end),
    });
    this.#run = run;
    // The run holds the inlet itself until somebody listens.
    this.#inlet.release();
    run.start();
  }

  #runEnded(end: RunEnd): void {
    this.#run = undefined;
    const { clock, log } = this.#parts;
    const waiting = this.#inlet.waiting;
    if (this.#state === 'closed' || (this.#state === 'finishing' && waiting === 0)) {
      if (end !== 'completed') log.error({ err: end.error }, 'the Observable of a processor failed at its end');
      this.#inlet.hold();
      return;
    }
    this.#inlet.hold();
    this.#restarts += 1;
    const startsInMs = this.#backoff.ended();
    const fields = { waiting, startsInMs };
    if (end === 'completed') log.warn(fields, 'the Observable of a processor completed; it is started again');
    else log.error({ err: end.error, ...fields }, 'the Observable of a processor failed; it is started again');
    this.#restart = clock.after(startsInMs, () => this.#startRun());
  }

  #deliver(item: ProcessorItem): void {
    this.#handled += 1;
    this.#run?.push(item);
  }

  /** When the gateway stops, and all that came was given to its Observable. */
  #finishRun(): void {
    if (this.#state !== 'finishing' || this.#inlet.waiting > 0) return;
    this.#restart?.clear();
    this.#restart = undefined;
    this.#run?.finish();
  }

  /** Something came though it had finished: from a processor that finished later. */
  #beginAnew(): void {
    if (this.#state === 'finishing' && this.#run === undefined && this.#restart === undefined) this.#startRun();
  }
}

const inletItems = 1024;

function closedError(): HandlerError {
  return new HandlerError('unavailable', 'its stream processor was stopped', { temporary: true });
}
