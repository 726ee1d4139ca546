/**
 * What is done about a queue that stands, which only adds delay: nothing gets done sooner for it.
 *
 * - What cannot be done before its deadline is not begun, nor taken in, so that what can be is: a handler that works
 *   for nobody is capacity lost. It is told at once, and its client may decide anew.
 * - Where no order was asked for the newest goes first (adaptive LIFO: Maurer, "Fail at Scale", ACM Queue, 2015): of
 *   many that cannot all be in time it has the best chance.
 * - A queue that has stood for long is cut to what the slots finish in as long again, from the least urgent level
 *   upwards and there from those who have most in it; `critical` events stay.
 */
import type { Clock } from '../model/clock.js';
import type { EventRecord } from '../model/event-record.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { Backlog, BacklogOptions } from './backlog.js';
import { cannotMeetDeadline } from './failures.js';
import type { Scheduler } from './scheduler.js';
import type { ServiceTimes } from './service-times.js';

export interface DelayControlOptions extends BacklogOptions {
  /** Milliseconds for which a queue may stand before it is cut. */
  readonly delayMaxMs: number;
  /** Part of the time an event has left that it may be expected to wait: what comes between may take the rest. */
  readonly delayWaitPercent: number;
  /** Events for each slot below which a queue is not cut. */
  readonly delayKeptPerSlot: number;
}

export interface DelayControlParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly backlog: Backlog;
  readonly services: ServiceTimes;
  /** An event that waited is refused; it is out of the queue. */
  readonly onShed: (record: EventRecord, why: Failure) => void;
}

/** Most urgent level that may be cut: `high`. */
const shedLevelMin = 1;

export class DelayControl {
  readonly #options: DelayControlOptions;
  readonly #parts: DelayControlParts;
  #nextCutAtMs = 0;
  /** There were when the last event came to wait; at other times one may just have been freed for the next. */
  #areSlotsFree = false;

  constructor(options: DelayControlOptions, parts: DelayControlParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** An event has come to wait, and all that can go has gone: as {@link look}. */
  lookAgain(): void {
    const { scheduler } = this.#parts;
    this.#areSlotsFree = scheduler.busy < scheduler.slots;
    this.look();
  }

  /** Something waits: looks what that means, and cuts the queue where it must be. O(1) but when it is cut. */
  look(): void {
    const { scheduler, backlog, clock } = this.#parts;
    const nowMs = clock.turnMs();
    backlog.look(scheduler, this.#areSlotsFree, nowMs);
    scheduler.newestFirst = backlog.isStanding(nowMs);
    if (scheduler.newestFirst && backlog.uneasyForMs(nowMs) > this.#options.delayMaxMs) this.#cut(nowMs);
  }

  /**
   * Whether an event should come to wait. Where the newest go first it should, and the oldest of its session that could
   * not be done in time goes instead. O(1)
   * @returns why it should not, or undefined
   */
  refuse(record: EventRecord): Failure | undefined {
    const { scheduler, backlog, clock, onShed } = this.#parts;
    if (scheduler.waiting === 0 || scheduler.busy < scheduler.slots) return undefined;
    const nowMs = clock.turnMs();
    if (!backlog.isStanding(nowMs)) return undefined;
    const aheadMs = backlog.delayMs(scheduler.ahead(record));
    const oldest = record.isOrdered ? undefined : scheduler.oldestBeside(record);
    if (oldest === undefined) return this.#isHopeless(record, aheadMs, nowMs) ? cannotMeetDeadline : undefined;
    if (this.#isHopeless(oldest, aheadMs, nowMs)) {
      scheduler.remove(oldest);
      onShed(oldest, cannotMeetDeadline);
    }
    return undefined;
  }

  /**
   * Also where it waited for its key and not for a slot, and the queue as a whole does not stand: a key that is asked for
   * too much would else do one after the other for too long.
   * @returns why an event that waited should not be begun, or undefined. O(1)
   */
  refuseStart(record: EventRecord): Failure | undefined {
    const { scheduler, backlog, clock } = this.#parts;
    if (record.deadlineAtMs === 0 || scheduler.waiting === 0) return undefined;
    const nowMs = clock.turnMs();
    if (!backlog.isStanding(nowMs) && !this.#hasWaitedLong(record, nowMs)) return undefined;
    return this.#leftMs(record, nowMs) <= 0 ? cannotMeetDeadline : undefined;
  }

  /** For its key, and longer than it has left. */
  #hasWaitedLong({ serial, event, deadlineAtMs }: EventRecord, nowMs: number): boolean {
    if (serial === undefined || !this.#options.isControlled) return false;
    return this.#parts.clock.epochMs(nowMs) - event.receivedAtMs > deadlineAtMs - nowMs;
  }

  #isHopeless(record: EventRecord, aheadMs: number, nowMs: number): boolean {
    if (record.deadlineAtMs === 0) return false;
    return aheadMs * 100 > this.#leftMs(record, nowMs) * this.#options.delayWaitPercent;
  }

  /** Milliseconds an event may wait and still be done before its deadline, which it has. */
  #leftMs({ deadlineAtMs, route }: EventRecord, nowMs: number): number {
    return deadlineAtMs - nowMs - this.#parts.services.expectedMs(route.index, nowMs);
  }

  /** Once an interval at most, as what is cut has to be looked for. */
  #cut(nowMs: number): void {
    const { delayMaxMs, delayIntervalMs, delayKeptPerSlot } = this.#options;
    const { scheduler, backlog, onShed } = this.#parts;
    if (nowMs < this.#nextCutAtMs) return;
    this.#nextCutAtMs = nowMs + delayIntervalMs;
    const kept = Math.max(scheduler.slots * delayKeptPerSlot, Math.floor(backlog.throughput.perMs * delayMaxMs));
    if (scheduler.waiting <= kept) return;
    const why = failure('resource_exhausted', 'more is asked for than can be done in good time', {
      reason: 'rate',
      afterMs: delayMaxMs,
    });
    scheduler.shed(kept, shedLevelMin, (record) => onShed(record, why));
  }
}
