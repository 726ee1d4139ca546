/**
 * What the ends of runs tell about time: how much the slots finish, how long each route takes, and, where the slots
 * are not a fixed number, how many there should be.
 */
import type { Clock } from '../model/clock.js';
import type { EventRecord } from '../model/event-record.js';
import { AdaptiveLimit, type AdaptiveLimitOptions } from './adaptive-limit.js';
import type { Scheduler } from './scheduler.js';
import { ServiceTimes } from './service-times.js';
import type { Throughput } from './throughput.js';

/** A number, or what an adaptive limit is made of. */
export type Slots = number | AdaptiveLimitOptions;

export interface RunTimesParts {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly throughput: Throughput;
  readonly slots: Slots;
}

export class RunTimes {
  readonly services = new ServiceTimes();
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #throughput: Throughput;
  readonly #limit: AdaptiveLimit | undefined;

  constructor({ clock, scheduler, throughput, slots }: RunTimesParts) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#throughput = throughput;
    this.#limit = typeof slots === 'number' ? undefined : new AdaptiveLimit(slots);
    this.#scheduler.slots = this.#limit === undefined ? (slots as number) : this.#limit.slots;
  }

  /** An attempt starts. Where neither a limit nor a deadline needs it, nobody looks at the time. */
  started(record: EventRecord): void {
    if (this.#limit === undefined) {
      if (record.deadlineAtMs !== 0) record.startedAtMs = this.#clock.turnMs();
      return;
    }
    // Turns are too coarse to tell a handler of half a millisecond from one of two.
    record.startedAtMs = this.#clock.nowMs();
    record.epoch = this.#limit.started(this.#scheduler.busy);
  }

  /** The attempt was answered. One that was cancelled or failed says nothing of how long its handler takes. */
  ended(record: EventRecord): void {
    if (this.#limit === undefined && record.deadlineAtMs === 0) return;
    const nowMs = this.#limit === undefined ? this.#clock.turnMs() : this.#clock.nowMs();
    this.#took(record, nowMs - record.startedAtMs, nowMs);
  }

  /** The attempt has used up all its time, and might have gone on for ever. */
  timedOut(record: EventRecord): void {
    this.#took(record, Number.POSITIVE_INFINITY, this.#clock.nowMs());
  }

  /** A slot is free again, whatever became of the run. */
  slotFreed(): void {
    this.#throughput.finished(this.#clock.turnMs());
  }

  #took(record: EventRecord, ms: number, nowMs: number): void {
    const route = record.route.index;
    this.services.took(route, Math.min(ms, record.route.timeoutMs), nowMs);
    if (this.#limit?.finished(route, record.epoch, ms, nowMs)) this.#scheduler.slots = this.#limit.slots;
  }
}
