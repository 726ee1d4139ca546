/**
 * The runs of events one at a time: attempts, their time, retries, and the one end of each. A handler that answers
 * after its event has ended is counted and otherwise ignored.
 */
import type { EventRecord } from '../model/event-record.js';
import type { InvokeSink } from '../operators/invoke.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import { checkedLater } from './checked-later.js';
import type { Deadlines } from './deadlines.js';
import type { AttemptEnd, Health, PipelinePorts, StreamHost } from './ports.js';
import { retryDelayMs } from './retry-delay.js';
import type { RunTimes } from './run-times.js';
import type { Scheduler } from './scheduler.js';

/** What the runs of a pipeline share. */
export interface RunsParts<Source> {
  readonly ports: PipelinePorts<Source>;
  readonly scheduler: Scheduler;
  readonly deadlines: Deadlines;
  readonly times: RunTimes;
}

export class SingleRuns<Source> implements AttemptEnd<Source>, StreamHost {
  readonly #ports: PipelinePorts<Source>;
  readonly #scheduler: Scheduler;
  readonly #deadlines: Deadlines;
  readonly #times: RunTimes;
  #sink: InvokeSink<EventRecord> | undefined = undefined;

  constructor({ ports, scheduler, deadlines, times }: RunsParts<Source>) {
    this.#ports = ports;
    this.#scheduler = scheduler;
    this.#deadlines = deadlines;
    this.#times = times;
  }

  /** Starts an event that holds a slot; `sink` is the same for all events of this pipeline. */
  start(record: EventRecord, sink: InvokeSink<EventRecord>): void {
    this.#sink = sink;
    record.state = 'running';
    if (record.pendingCheck === undefined) this.#attempt(record);
    else void this.#attemptOnceChecked(record, record.pendingCheck);
  }

  value(record: EventRecord, attempt: number, value: unknown): void {
    this.#ports.ran(record);
    if (this.#isLate(record, attempt)) return;
    this.#times.ended(record);
    this.#ports.attemptEnded(record, 'well');
    record.succeed(value);
    this.#finish(record);
  }

  stream(record: EventRecord, attempt: number, source: Source): void {
    this.#ports.ran(record);
    const isLate = this.#isLate(record, attempt);
    let stream: ReturnType<PipelinePorts<Source>['openStream']>;
    try {
      stream = this.#ports.openStream(record, source, this);
    } catch (error) {
      if (!isLate) this.failed(record, attempt, error);
      return;
    }
    if (isLate) {
      stream.abort(record.failure ?? failure('cancelled', 'the event had ended', { started: 'maybe' }));
      return;
    }
    record.run = stream;
    record.stream = stream;
    stream.resume();
  }

  failed(record: EventRecord, attempt: number, error: unknown): void {
    this.#ports.ran(record);
    if (this.#isLate(record, attempt)) return;
    const explained = this.#ports.explain(record, error);
    this.#ports.attemptEnded(record, explained.isIll ? 'ill' : 'well');
    const delayMs = explained.isTemporary ? retryDelayMs(record, this.#deadlines, this.#ports.random) : undefined;
    if (delayMs === undefined) this.fail(record, explained.failure);
    else this.#retry(record, delayMs);
  }

  hasSlot(record: EventRecord): boolean {
    return !record.isParked || this.#scheduler.unpark(record);
  }

  itemAwaited(record: EventRecord): void {
    if (record.state === 'running') this.#deadlines.armTimeout(record);
  }

  clientAwaited(record: EventRecord): void {
    if (record.state !== 'running') return;
    this.#deadlines.armDeadline(record);
    if (this.#scheduler.park(record)) this.#scheduler.wake();
  }

  ran(record: EventRecord): void {
    this.#ports.ran(record);
    // With its first item a stream has shown that its handler works.
    if (record.ticket !== 0) this.#ports.attemptEnded(record, 'well');
  }

  ended(record: EventRecord, value: unknown): void {
    this.#ports.attemptEnded(record, 'well');
    if (record.succeed(value)) this.#finish(record);
    else this.#ports.counters.handlersLate += 1;
  }

  broke(record: EventRecord, error: unknown): void {
    if (record.state !== 'running') return;
    if (record.items > 0) {
      this.fail(record, this.#ports.explain(record, error).failure);
      return;
    }
    // Nothing was produced yet: it is as if the handler had failed before it returned a stream.
    record.stream = undefined;
    record.items = -1;
    this.failed(record, record.attempt, error);
  }

  fail(record: EventRecord, why: Failure): void {
    if (record.fail(why)) this.#finish(record);
  }

  /** Ends a running event early: its handler's signal fires, its slot and its key are free at once. */
  end(record: EventRecord, why: Failure, health: Health): void {
    if (!record.fail(why)) return;
    if (health === 'ill' && record.stream === undefined) this.#times.timedOut(record);
    this.#ports.attemptEnded(record, health);
    record.run?.abort(why);
    this.#finish(record);
  }

  async #attemptOnceChecked(record: EventRecord, check: NonNullable<EventRecord['pendingCheck']>): Promise<void> {
    this.#deadlines.armTimeout(record);
    const why = await checkedLater(record, check);
    if (record.state !== 'running') return;
    if (why === undefined) this.#attempt(record);
    else this.fail(record, why);
  }

  #attempt(record: EventRecord): void {
    record.attempt += 1;
    this.#deadlines.armTimeout(record);
    this.#times.started(record);
    this.#ports.invoke(record, this);
  }

  /** Holds slot and key while it waits, so that the order inside a key stays. */
  #retry(record: EventRecord, delayMs: number): void {
    this.#ports.counters.retries += 1;
    this.#deadlines.armDeadline(record);
    const timer = this.#ports.clock.after(delayMs, () => {
      if (record.state !== 'running') return;
      const why = this.#ports.refuseStart(record);
      if (why === undefined) this.#attempt(record);
      else this.fail(record, { ...why, started: 'maybe' });
    });
    record.run = { abort: () => timer.clear() };
  }

  #isLate(record: EventRecord, attempt: number): boolean {
    if (record.state === 'running' && record.attempt === attempt) return false;
    this.#ports.counters.handlersLate += 1;
    return true;
  }

  #finish(record: EventRecord): void {
    this.#deadlines.disarm(record);
    if (record.ticket !== 0) this.#ports.attemptEnded(record, 'unknown');
    this.#scheduler.ended(record);
    this.#times.slotFreed();
    this.#sink?.result(record);
    this.#sink?.finished();
    this.#scheduler.wake();
  }
}
