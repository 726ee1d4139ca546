/** When the events of one pipeline are due: one wheel and one timer for waiting and running ones alike. */
import { TimerWheel } from '../collections/timer-wheel.js';
import type { Clock } from '../model/clock.js';
import type { EventRecord } from '../model/event-record.js';
import type { LoopTurn } from '../model/loop-turn.js';

/** Milliseconds between looks at the wheel: how late a deadline may be noticed. */
export const deadlineTickMs = 10;

export class Deadlines {
  readonly #clock: Clock;
  readonly #wheel: TimerWheel<EventRecord>;

  constructor(clock: Clock, turn: LoopTurn, onDue: (record: EventRecord) => void) {
    this.#clock = clock;
    this.#wheel = new TimerWheel({ tickMs: deadlineTickMs, clock, turn, onDue });
  }

  /** The event is due at its own deadline, if it has one. */
  armDeadline(record: EventRecord): void {
    this.#set(record, record.deadlineAtMs);
  }

  /** The event is due when the attempt, or item, has taken its time, or at its own deadline if that is sooner. */
  armTimeout(record: EventRecord): void {
    const timeoutAtMs = this.#clock.turnMs() + record.route.timeoutMs;
    const { deadlineAtMs } = record;
    this.#set(record, deadlineAtMs !== 0 && deadlineAtMs < timeoutAtMs ? deadlineAtMs : timeoutAtMs);
  }

  disarm(record: EventRecord): void {
    this.#wheel.remove(record);
  }

  isPast(record: EventRecord): boolean {
    return record.deadlineAtMs !== 0 && this.#clock.nowMs() >= record.deadlineAtMs;
  }

  /** Whether the event would still have time after `delayMs`. */
  allows(record: EventRecord, delayMs: number): boolean {
    return record.deadlineAtMs === 0 || this.#clock.nowMs() + delayMs < record.deadlineAtMs;
  }

  close(): void {
    this.#wheel.close();
  }

  #set(record: EventRecord, dueAtMs: number): void {
    if (TimerWheel.has(record)) {
      // A later due time is noticed by the wheel itself; an earlier one, or none, has to be told.
      if (dueAtMs >= record.dueAtMs) {
        record.dueAtMs = dueAtMs;
        return;
      }
      this.#wheel.remove(record);
    }
    record.dueAtMs = dueAtMs;
    if (dueAtMs !== 0) this.#wheel.add(record);
  }
}
