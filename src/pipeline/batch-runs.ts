/**
 * The runs of batches: one call, one slot, and still one outcome per event. Events of one key may be in one batch, in
 * accept order; while it runs the next of that key wait. Those that failed with a temporary error are tried again as
 * a smaller batch that keeps the slot.
 */

import type { Timer } from '../model/clock.js';
import type { EventRecord, Run } from '../model/event-record.js';
import type { Route } from '../model/route.js';
import type { InvokeSink } from '../operators/invoke.js';
import type { Failure } from '../protocol/error-codes.js';
import { checkedLater } from './checked-later.js';
import type { Deadlines } from './deadlines.js';
import { expiredWaiting } from './failures.js';
import type { Health, PipelinePorts } from './ports.js';
import { retryDelayMs } from './retry-delay.js';
import type { RunTimes } from './run-times.js';
import type { Scheduler } from './scheduler.js';
import type { RunsParts } from './single-runs.js';

export class BatchRuns<Source> {
  readonly #ports: PipelinePorts<Source>;
  readonly #scheduler: Scheduler;
  readonly #deadlines: Deadlines;
  readonly #times: RunTimes;

  constructor({ ports, scheduler, deadlines, times }: RunsParts<Source>) {
    this.#ports = ports;
    this.#scheduler = scheduler;
    this.#deadlines = deadlines;
    this.#times = times;
  }

  /** An event that holds a slot comes to an open batch, or opens one: a batch needs only one slot. */
  joined(record: EventRecord, isFirst: boolean): void {
    if (isFirst) this.#scheduler.batchOpened(record.route);
    else this.#scheduler.freeSlot();
    this.#scheduler.freeKey(record);
    this.#scheduler.wake();
  }

  /** Starts a full, or due, batch. Those that ended while it filled are left out. */
  start(records: readonly EventRecord[], sink: InvokeSink<EventRecord>): void {
    const { route } = records[0] as EventRecord;
    this.#scheduler.batchClosed(route);
    for (const record of records) this.#expire(record);
    const live = records.filter((record) => record.state === 'held');
    const call = new BatchCall(live, () => this.#close(sink));
    for (const record of live) {
      this.#scheduler.holdKey(record);
      record.state = 'running';
      record.run = call;
      call.onEnd.set(record, () => this.#finish(record, sink));
    }
    if (live.length === 0) this.#close(sink);
    else if (live.some(({ pendingCheck }) => pendingCheck !== undefined)) void this.#attemptOnceChecked(route, call);
    else void this.#attempt(route, call);
  }

  async #attemptOnceChecked(route: Route, call: BatchCall): Promise<void> {
    const checks: Promise<void>[] = [];
    for (const record of call.live) {
      this.#deadlines.armTimeout(record);
      const { pendingCheck } = record;
      if (pendingCheck === undefined) continue;
      checks.push(
        checkedLater(record, pendingCheck).then((why) => {
          if (why !== undefined) this.end(record, why, 'unknown');
        }),
      );
    }
    await Promise.all(checks);
    if (call.live.size > 0) await this.#attempt(route, call);
  }

  /** What was in time when it joined may not be any more; the wheel looks only now and then. */
  #expire(record: EventRecord): void {
    if (record.state !== 'held' || !this.#deadlines.isPast(record)) return;
    this.#deadlines.disarm(record);
    if (!record.fail(expiredWaiting)) return;
    this.#ports.attemptEnded(record, 'unknown');
    this.#ports.onSettled(record);
  }

  /** Ends one running event early; the batch goes on for the others. */
  end(record: EventRecord, why: Failure, health: Health): void {
    if (!record.fail(why)) return;
    if (health === 'ill') this.#times.timedOut(record);
    this.#ports.attemptEnded(record, health);
    (record.run as BatchCall).left(record, why);
    this.#scheduler.wake();
  }

  async #attempt(route: Route, call: BatchCall): Promise<void> {
    const tried = [...call.live];
    for (const record of tried) {
      record.attempt += 1;
      this.#deadlines.armTimeout(record);
      this.#times.started(record);
    }
    const { results, run } = this.#ports.invokeBatch(
      route,
      tried.map((record) => record.event),
      tried[0] as EventRecord,
    );
    call.run = run;
    const answers = await results.catch((error: unknown) => tried.map(() => new BatchError(error)));
    this.#ports.ran(tried[0] as EventRecord);
    this.#settle(route, call, tried, answers);
  }

  #settle(route: Route, call: BatchCall, tried: readonly EventRecord[], answers: readonly unknown[]): void {
    let delayMs = 0;
    let isRetried = false;
    const ended: EventRecord[] = [];
    for (const [index, record] of tried.entries()) {
      const answer = answers[index];
      if (record.state !== 'running') continue;
      if (!(answer instanceof Error)) {
        this.#times.ended(record);
        this.#ports.attemptEnded(record, 'well');
        record.succeed(answer);
      } else {
        const error = answer instanceof BatchError ? answer.thrown : answer;
        const explained = this.#ports.explain(record, error);
        this.#ports.attemptEnded(record, explained.isIll ? 'ill' : 'well');
        const retryMs = explained.isTemporary ? retryDelayMs(record, this.#deadlines, this.#ports.random) : undefined;
        if (retryMs === undefined) record.fail(explained.failure);
        else {
          isRetried = true;
          delayMs = Math.max(delayMs, retryMs);
          continue;
        }
      }
      ended.push(record);
    }
    if (tried.every((record) => record.state === 'settled' && !ended.includes(record))) {
      this.#ports.counters.handlersLate += 1;
    }
    if (isRetried) this.#retry(route, call, delayMs);
    for (const record of ended) call.left(record, undefined);
    // An adaptive limit may have grown though the batch, with those tried again, still has its slot.
    this.#scheduler.wake();
  }

  #retry(route: Route, call: BatchCall, delayMs: number): void {
    this.#ports.counters.retries += 1;
    for (const record of call.live) this.#deadlines.armDeadline(record);
    call.timer = this.#ports.clock.after(delayMs, () => {
      for (const record of [...call.live]) {
        const why = this.#ports.refuseStart(record);
        if (why !== undefined) this.end(record, { ...why, started: 'maybe' }, 'unknown');
      }
      if (call.live.size > 0) void this.#attempt(route, call);
    });
  }

  #finish(record: EventRecord, sink: InvokeSink<EventRecord>): void {
    this.#deadlines.disarm(record);
    this.#scheduler.freeKey(record);
    this.#times.slotFreed();
    sink.result(record);
  }

  #close(sink: InvokeSink<EventRecord>): void {
    this.#scheduler.freeSlot();
    sink.finished();
    this.#scheduler.wake();
  }
}

/** One batch from its start until its last event has ended. */
class BatchCall implements Run {
  readonly live: Set<EventRecord>;
  readonly onEnd = new Map<EventRecord, () => void>();
  run: Run | undefined = undefined;
  timer: Timer | undefined = undefined;
  readonly #onEmpty: () => void;

  constructor(records: readonly EventRecord[], onEmpty: () => void) {
    this.live = new Set(records);
    this.#onEmpty = onEmpty;
  }

  /** One event has ended. With the last one the handler's signal fires, if it was still wanted. */
  left(record: EventRecord, why: Failure | undefined): void {
    if (!this.live.delete(record)) return;
    this.onEnd.get(record)?.();
    this.onEnd.delete(record);
    if (this.live.size > 0) return;
    this.timer?.clear();
    if (why !== undefined) this.run?.abort(why);
    this.#onEmpty();
  }

  abort(): void {
    // Events leave a batch one by one, through `left`.
  }
}

/** The whole call failed: told apart from an Error given as the result of one event. */
class BatchError extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super('the batch handler failed');
    this.thrown = thrown;
  }
}
