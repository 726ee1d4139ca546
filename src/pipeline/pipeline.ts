/**
 * One pipeline: a bulkhead with its own queue and slots, and one RxJS composition that lives as long as it does:
 *
 *     pull → expire → (batch)? → invoke → outcomes
 *
 * Failures of single events are values in it, so the composition itself never ends by them. Conflation is not a stage
 * after the pull but a rule of the queue: it is the waiting events that a newer one replaces.
 */
import { type Observable, pipe, type Subscription } from 'rxjs';
import type { EventRecord } from '../model/event-record.js';
import type { Route } from '../model/route.js';
import { batch } from '../operators/batch.js';
import { expire } from '../operators/expire.js';
import { fork } from '../operators/fork.js';
import { invoke } from '../operators/invoke.js';
import { pull } from '../operators/pull.js';
import type { Failure } from '../protocol/error-codes.js';
import { BatchRuns } from './batch-runs.js';
import { Deadlines } from './deadlines.js';
import { expiredRunning, expiredWaiting, superseded } from './failures.js';
import type { PipelinePorts } from './ports.js';
import { Scheduler } from './scheduler.js';
import { SingleRuns } from './single-runs.js';

export interface PipelineOptions {
  readonly name: string;
  /** Events (or batches) that may run at once. */
  readonly slots: number;
  /** Routes with batches that end in this pipeline: each has a lane of its own in the composition. */
  readonly batchRoutes: number;
}

/** Waiting events, as a multiple of the slots, above which credit windows stop growing. */
const highWaterPerSlot = 4;

export class Pipeline<Source> {
  readonly name: string;
  readonly #ports: PipelinePorts<Source>;
  readonly #scheduler: Scheduler;
  readonly #deadlines: Deadlines;
  readonly #singles: SingleRuns<Source>;
  readonly #batches: BatchRuns<Source>;
  readonly #subscription: Subscription;

  constructor(options: PipelineOptions, ports: PipelinePorts<Source>) {
    this.name = options.name;
    this.#ports = ports;
    this.#scheduler = new Scheduler(options.slots);
    this.#deadlines = new Deadlines(ports.clock, ports.turn, (record) => this.#due(record));
    this.#singles = new SingleRuns(ports, this.#scheduler, this.#deadlines);
    this.#batches = new BatchRuns(ports, this.#scheduler, this.#deadlines);
    this.#subscription = this.#outcomes(options.batchRoutes).subscribe((record) => ports.onSettled(record));
  }

  /** Events that wait for a slot. */
  get waiting(): number {
    return this.#scheduler.waiting;
  }

  get slots(): number {
    return this.#scheduler.slots;
  }

  get busy(): number {
    return this.#scheduler.busy;
  }

  /** So much waits that clients should not be told to send more. */
  get isPressed(): boolean {
    return this.#scheduler.waiting > this.#scheduler.slots * highWaterPerSlot;
  }

  /** Takes one accepted event; it may have run, and settled, when this returns. */
  offer(record: EventRecord): void {
    if (record.deadlineAtMs !== 0) this.#deadlines.armDeadline(record);
    const old = record.route.conflate ? this.#scheduler.replaceable(record) : undefined;
    if (old === undefined) {
      this.#scheduler.offer(record);
      return;
    }
    this.#scheduler.replace(old, record);
    this.#settleWaiting(old, superseded);
  }

  /** Ends an event before its time: cancelled, or its session is gone. Does nothing when it has ended. */
  end(record: EventRecord, why: Failure): void {
    if (record.state === 'running') {
      if (record.route.batch === undefined) this.#singles.end(record, why);
      else this.#batches.end(record, why);
      return;
    }
    if (record.state === 'settled') return;
    if (record.state === 'waiting') this.#scheduler.remove(record);
    this.#settleWaiting(record, why);
    this.#scheduler.wake();
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#deadlines.close();
  }

  #outcomes(batchRoutes: number): Observable<EventRecord> {
    const singly = invoke<EventRecord, EventRecord>({ start: (record, sink) => this.#singles.start(record, sink) });
    const inBatches = (route: Route) =>
      pipe(
        batch<EventRecord>({
          size: route.batch?.size ?? 1,
          waitMs: route.batch?.waitMs ?? 0,
          onJoin: (record, isFirst) => this.#batches.joined(record, isFirst),
        }),
        invoke<EventRecord[], EventRecord>({ start: (records, sink) => this.#batches.start(records, sink) }),
      );
    const inTime$ = pull<EventRecord>(this.#scheduler).pipe(
      expire({
        isExpired: (record) => this.#deadlines.isPast(record),
        onExpired: (record) => this.#expired(record),
      }),
    );
    if (batchRoutes === 0) return inTime$.pipe(singly);
    return inTime$.pipe(
      fork({
        laneOf: (record) => (record.route.batch === undefined ? undefined : record.route),
        through: (route) => (route === undefined ? singly : inBatches(route)),
        lanesMax: batchRoutes + 1,
      }),
    );
  }

  #expired(record: EventRecord): void {
    this.#scheduler.freeKey(record);
    this.#scheduler.freeSlot();
    this.#settleWaiting(record, expiredWaiting);
    this.#scheduler.wake();
  }

  #due(record: EventRecord): void {
    this.end(record, record.state === 'running' ? expiredRunning : expiredWaiting);
  }

  #settleWaiting(record: EventRecord, why: Failure): void {
    this.#deadlines.disarm(record);
    if (record.fail(why)) this.#ports.onSettled(record);
  }
}
