/**
 * What it means that so much waits in a pipeline: whether clients may send more, and whether the queue stands.
 *
 * A queue that empties again and again is doing its work; one that never does only adds delay. That is told as CoDel
 * tells it (Nichols and Jacobson, 2012), by the smallest delay in an interval, but from what waits and what the slots
 * finish, not from the waits of single events: with levels and flows in turn those who wait long and those who do not
 * leave side by side.
 */
import type { CreditAdvice } from '../model/credit-window.js';
import { Throughput } from './throughput.js';

export interface BacklogOptions {
  /** Milliseconds of waiting that are fine. */
  readonly delayTargetMs: number;
  /** Milliseconds for which it has to be more before the queue stands. */
  readonly delayIntervalMs: number;
  /** Waiting events against what is fine, from which on windows shrink; in between they only stop growing. */
  readonly shrinkPercent: number;
  /** Milliseconds over which what the slots finish is counted. */
  readonly rateWindowMs: number;
  /** Whether a queue can stand: if not, windows stop growing where much waits, and that is all. */
  readonly isControlled: boolean;
}

/** The state of slots and queue at one moment. */
export interface SlotUse {
  readonly waiting: number;
  readonly busy: number;
  readonly slots: number;
  /** Tenants with something waiting. */
  readonly flows: number;
}

/** A day: with slots that finish hardly anything there is no telling. */
const delayMsMax = 86_400_000;

export class Backlog {
  readonly throughput: Throughput;
  /** For the sessions whose events end here; the same object always. */
  readonly advice: CreditAdvice;
  readonly #advice = { mayGrow: true, scale: 1, share: 1 };
  readonly #options: BacklogOptions;
  /** When what waits was last fine. */
  #fineAtMs = 0;

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.throughput = new Throughput(options.rateWindowMs);
    this.advice = this.#advice;
  }

  /** Nothing waits. O(1). */
  empty(): void {
    this.throughput.noneWaiting();
    this.#fine();
  }

  /**
   * Something waits: looks what that means. O(1).
   * @param areSlotsFree there are slots nothing can be found for: it is only for their keys that events wait
   */
  look(use: SlotUse, areSlotsFree: boolean, nowMs: number): void {
    this.throughput.someWaiting(nowMs);
    const { waiting, busy } = use;
    const mark = this.mark(use.slots);
    if (waiting <= mark || areSlotsFree) {
      this.#fineAtMs = nowMs;
      this.#fine();
      return;
    }
    this.#advice.mayGrow = false;
    if (!this.#options.isControlled || waiting * 100 <= mark * this.#options.shrinkPercent) {
      this.#advice.scale = 1;
      return;
    }
    this.#advice.scale = (busy + mark) / (busy + waiting);
    this.#advice.share = Math.ceil((busy + mark) / Math.max(1, use.flows));
  }

  /** Events whose waiting is fine: what the slots finish in the target, and one for each slot. */
  mark(slots: number): number {
    return Math.max(slots, Math.floor(this.throughput.perMs * this.#options.delayTargetMs));
  }

  /** Milliseconds for which more has waited than is fine, while something waits. */
  uneasyForMs(nowMs: number): number {
    return this.#advice.mayGrow ? 0 : nowMs - this.#fineAtMs;
  }

  /** The queue stands: it only adds delay. */
  isStanding(nowMs: number): boolean {
    return this.#options.isControlled && this.uneasyForMs(nowMs) > this.#options.delayIntervalMs;
  }

  /** Milliseconds until all that waits has left, at what the slots finish; 0 when that is not known. */
  delayMs(waiting: number): number {
    const { perMs } = this.throughput;
    return perMs === 0 ? 0 : Math.min(delayMsMax, waiting / perMs);
  }

  #fine(): void {
    this.#advice.mayGrow = true;
    this.#advice.scale = 1;
  }
}
