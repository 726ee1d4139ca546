/**
 * One pipeline: a bulkhead with its own queue and slots, and one RxJS composition that lives as long as it does:
 *
 *     pull → expire → (batch)? → invoke → outcomes
 *
 * Failures of single events are values in it, so the composition itself never ends by them. Conflation is not a stage
 * after the pull but a rule of the queue: it is the waiting events that a newer one replaces.
 */
import { type Observable, pipe, type Subscription } from 'rxjs';
import type { CreditAdvice } from '../model/credit-window.js';
import type { EventRecord } from '../model/event-record.js';
import type { Route } from '../model/route.js';
import { batch } from '../operators/batch.js';
import { expire } from '../operators/expire.js';
import { fork } from '../operators/fork.js';
import { invoke } from '../operators/invoke.js';
import { pull } from '../operators/pull.js';
import type { Failure } from '../protocol/error-codes.js';
import { Backlog } from './backlog.js';
import { BatchRuns } from './batch-runs.js';
import { Deadlines } from './deadlines.js';
import { DelayControl, type DelayControlOptions } from './delay-control.js';
import { expiredRunning, expiredWaiting, superseded } from './failures.js';
import type { PipelinePorts } from './ports.js';
import { RunTimes, type Slots } from './run-times.js';
import { Scheduler } from './scheduler.js';
import { SingleRuns } from './single-runs.js';

export interface PipelineOptions extends DelayControlOptions {
  readonly name: string;
  /** Events (or batches) that may run at once. */
  readonly slots: Slots;
  /** Streams that may wait for their clients without a slot. */
  readonly parkedMax: number;
  /** Routes with batches that end in this pipeline: each has a lane of its own in the composition. */
  readonly batchRoutes: number;
}

export class Pipeline<Source> {
  readonly name: string;
  readonly #ports: PipelinePorts<Source>;
  readonly #scheduler: Scheduler;
  readonly #deadlines: Deadlines;
  readonly #backlog: Backlog;
  readonly #control: DelayControl;
  readonly #singles: SingleRuns<Source>;
  readonly #batches: BatchRuns<Source>;
  readonly #subscription: Subscription;
  /** Why the event that `expire` has just looked at may not start. */
  #unfit: Failure | undefined = undefined;

  constructor(options: PipelineOptions, ports: PipelinePorts<Source>) {
    const { clock } = ports;
    this.name = options.name;
    this.#ports = ports;
    const scheduler = new Scheduler(options.parkedMax);
    const deadlines = new Deadlines(clock, ports.turn, (record) => this.#due(record));
    this.#scheduler = scheduler;
    this.#deadlines = deadlines;
    this.#backlog = new Backlog(options);
    const times = new RunTimes({ clock, scheduler, throughput: this.#backlog.throughput, slots: options.slots });
    this.#control = new DelayControl(options, {
      clock,
      scheduler,
      backlog: this.#backlog,
      services: times.services,
      onShed: (record, why) => this.#settleWaiting(record, why),
    });
    this.#singles = new SingleRuns({ ports, scheduler, deadlines, times });
    this.#batches = new BatchRuns({ ports, scheduler, deadlines, times });
    this.#subscription = this.#outcomes(options.batchRoutes).subscribe((record) => this.#ended(record));
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

  /** Streams that wait for their clients without a slot. */
  get parked(): number {
    return this.#scheduler.parked;
  }

  /** Milliseconds until what waits now would have left. */
  get delayMs(): number {
    return this.#backlog.delayMs(this.#scheduler.waiting);
  }

  /** What waits only adds delay: see {@link DelayControl}. */
  get isStanding(): boolean {
    return this.#scheduler.waiting > 0 && this.#backlog.isStanding(this.#ports.clock.turnMs());
  }

  /** Whether the sessions whose events end here may be told to send more. */
  get advice(): CreditAdvice {
    return this.#backlog.advice;
  }

  /** Takes one accepted event; it may have run, and settled, when this returns. */
  offer(record: EventRecord): void {
    // Telling a client of it, or of another's end, may have ended its session, and it with it.
    if (record.state !== 'waiting') return;
    if (record.deadlineAtMs !== 0) this.#deadlines.armDeadline(record);
    const old = record.route.conflate ? this.#scheduler.replaceable(record) : undefined;
    if (old !== undefined) {
      this.#scheduler.replace(old, record);
      this.#settleWaiting(old, superseded);
      return;
    }
    const why = this.#control.refuse(record);
    if (why !== undefined) this.#settleWaiting(record, why);
    if (record.state !== 'waiting') return;
    this.#scheduler.offer(record);
    if (this.#scheduler.waiting > 0) this.#control.lookAgain();
  }

  /** Ends an event before its time: cancelled, or its session is gone. Does nothing when it has ended. */
  end(record: EventRecord, why: Failure): void {
    this.#end(record, why, false);
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#deadlines.close();
  }

  #end(record: EventRecord, why: Failure, isHandlersFault: boolean): void {
    if (record.state === 'running') {
      const health = isHandlersFault ? 'ill' : 'unknown';
      if (record.route.batch === undefined) this.#singles.end(record, why, health);
      else this.#batches.end(record, why, health);
      return;
    }
    if (record.state === 'settled') return;
    if (record.state === 'waiting') this.#scheduler.remove(record);
    this.#settleWaiting(record, why);
    this.#scheduler.wake();
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
        isExpired: (record) => this.#isUnfit(record),
        onExpired: (record) => this.#leave(record),
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

  /** The last look before an event starts: its time, and whether its handler may be called. */
  #isUnfit(record: EventRecord): boolean {
    this.#unfit = this.#deadlines.isPast(record)
      ? expiredWaiting
      : (this.#control.refuseStart(record) ?? this.#ports.refuseStart(record));
    return this.#unfit !== undefined;
  }

  #leave(record: EventRecord): void {
    this.#scheduler.freeKey(record);
    this.#scheduler.freeSlot();
    this.#settleWaiting(record, this.#unfit as Failure);
    this.#scheduler.wake();
  }

  #due(record: EventRecord): void {
    if (record.state !== 'running') this.#end(record, expiredWaiting, false);
    else this.#end(record, expiredRunning, record.dueAtMs !== record.deadlineAtMs);
  }

  #settleWaiting(record: EventRecord, why: Failure): void {
    this.#deadlines.disarm(record);
    if (!record.fail(why)) return;
    // One that was to start and did not, as in a batch that fills: its handler's circuit may have counted on it.
    this.#ports.attemptEnded(record, 'unknown');
    this.#ended(record);
  }

  /** Before the outcome leaves and credit returns: how much waits now says how much. */
  #ended(record: EventRecord): void {
    if (this.#scheduler.waiting > 0) this.#control.look();
    else this.#backlog.empty();
    this.#ports.onSettled(record);
  }
}
