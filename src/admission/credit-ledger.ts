/**
 * Credit: how many events each session may have on its way. The one invariant: the credit outstanding in all
 * sessions together (told, and not yet finished) never exceeds the queue's items less the reserve. So an event inside
 * its credit always finds room, and room that frees becomes credit again.
 *
 * A first window is cut from what is free, cubed: newcomers get `initial` while much is free, and ever less as it
 * fills, so that thousands at once still get in. Windows double with use and stop short of the last quarter, which is
 * kept for newcomers. Where more waits than the slots finish in good time they shrink to what is, and those of sessions
 * that hold no more than their share of it are left alone. Idle sessions give back what they do not use.
 */
import { type CreditAdvice, CreditWindow } from '../model/credit-window.js';

export interface CreditLedgerOptions {
  /** Events that may be outstanding in all sessions together. */
  readonly capacity: number;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  /** Milliseconds without an event after which credit may be taken back. */
  readonly idleMs: number;
  /** The same, after which a session keeps the least there is, though much may be free. */
  readonly longIdleMs: number;
  /** Milliseconds the old `max` is still honoured after that. */
  readonly graceMs: number;
  /** Part of the capacity that growing windows leave free for sessions to come. */
  readonly newcomersPercent: number;
  /** Milliseconds from an event to its client's hearing of the credit it gave back, as far as windows provide for. */
  readonly roundTripMs: number;
  /** Milliseconds by any clock that does not go back. */
  readonly now: () => number;
}

export class CreditLedger {
  /** Credit told and not finished, in all sessions. */
  outstanding = 0;
  readonly #options: CreditLedgerOptions;
  /** Credit that growing windows leave free. */
  readonly #newcomers: number;

  constructor(options: CreditLedgerOptions) {
    this.#options = options;
    this.#newcomers = (options.capacity * options.newcomersPercent) / 100;
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  /** A first window, or undefined when there is no room for another session. O(1). */
  open(nowMs: number): CreditWindow | undefined {
    const { capacity, min } = this.#options;
    const free = capacity - this.outstanding;
    if (free < min) return undefined;
    const first = Math.min(free, this.#first());
    this.outstanding += first;
    return new CreditWindow(first, nowMs);
  }

  /**
   * Counts one event. The first one of a session that was idle raises `window.max`: tell the client.
   * @returns false when it is beyond the credit: refuse it, then {@link finish} it. O(1).
   */
  spend(window: CreditWindow): boolean {
    window.sent += 1;
    window.isUsed = true;
    if (window.isIdle) this.#wake(window);
    if (window.sent <= window.max || window.sent <= window.honoured) return true;
    this.outstanding += 1;
    return false;
  }

  /**
   * One event of the window is over.
   * @param advice of the pipeline it went through
   * @returns true when `window.max` was raised: tell the client. O(1)
   */
  finish(window: CreditWindow, advice: CreditAdvice): boolean {
    window.finished += 1;
    this.outstanding -= 1;
    if (!window.isOpen) return false;
    const unused = window.max - window.sent;
    if (advice.scale < 1) this.#shrink(window, advice);
    // Most of it is unused still: there is nothing to tell yet.
    if (unused * 2 > window.target) return false;
    this.#resize(window, advice.mayGrow);
    return this.#raise(window, unused);
  }

  /**
   * One event of the window was refused, and is over. It is no use of the window: nothing grows by it.
   * @returns true when `window.max` was raised: tell the client. O(1)
   */
  refuse(window: CreditWindow): boolean {
    window.finished += 1;
    this.outstanding -= 1;
    return window.isOpen && this.#raise(window, window.max - window.sent);
  }

  /** The session ended: what it never used is free at once, what is under way as it finishes. */
  close(window: CreditWindow): void {
    if (!window.isOpen) return;
    window.isOpen = false;
    this.outstanding -= top(window) - window.sent;
    // From here on what is outstanding is exactly what is under way.
    window.max = window.sent;
    window.honoured = 0;
  }

  /**
   * Takes back what an idle session holds; called about once a second for each, which is also how exactly it knows
   * when the last event came: never too early.
   * @returns true when `window.max` was lowered: tell the client
   */
  sweep(window: CreditWindow, nowMs: number): boolean {
    if (window.isUsed) {
      window.isUsed = false;
      window.usedAtMs = nowMs;
    }
    if (window.honoured !== 0 && nowMs >= window.graceUntilMs) this.#endGrace(window);
    const { capacity, initial, min, idleMs, longIdleMs, graceMs } = this.#options;
    const idleForMs = nowMs - window.usedAtMs;
    if (window.honoured !== 0 || idleForMs < idleMs) return false;
    const isScarce = capacity - this.outstanding < capacity / 2;
    const kept = isScarce || idleForMs >= longIdleMs ? min : initial;
    const lower = window.sent + kept;
    if (window.max <= lower) return false;
    window.honoured = window.max;
    window.graceUntilMs = nowMs + graceMs;
    window.max = lower;
    window.target = kept;
    window.isIdle = true;
    return true;
  }

  /** It may have what a newcomer would: were its window still small, one long event would keep all others waiting. */
  #wake(window: CreditWindow): void {
    window.isIdle = false;
    window.target = Math.max(window.target, this.#first());
    this.#raise(window, window.max - window.sent);
  }

  /** A first window, with what is free now. */
  #first(): number {
    const { capacity, initial, min } = this.#options;
    return Math.max(min, Math.floor(initial * ((capacity - this.outstanding) / capacity) ** 3 + 0.5));
  }

  #endGrace(window: CreditWindow): void {
    const before = top(window);
    window.honoured = 0;
    this.outstanding -= before - top(window);
  }

  /** Raises `max` towards finished + target, in steps large enough that few credit frames are needed. */
  #raise(window: CreditWindow, unused: number): boolean {
    const raise = window.finished + window.target - window.max;
    if (raise <= 0 || raise < unused) return false;
    const before = top(window);
    const max = Math.min(window.max + raise, before + this.#options.capacity - this.outstanding);
    if (max <= window.max) return false;
    window.max = max;
    if (window.honoured <= max) window.honoured = 0;
    this.outstanding += top(window) - before;
    return true;
  }

  /** Doubles a window in use while there is room; lets it fall back to its fair floor when room is short. */
  #resize(window: CreditWindow, mayGrow: boolean): void {
    const { capacity, max } = this.#options;
    const free = capacity - this.outstanding;
    if (free < this.#newcomers) {
      const floor = this.#first();
      if (window.target > floor && free < this.#newcomers / 2) {
        window.target = Math.max(floor, window.target >> 1);
      }
      return;
    }
    if (window.target >= max || !mayGrow || !this.#isUsed(window)) return;
    const room = free - Math.floor(this.#newcomers);
    window.target = Math.min(max, window.target * 2, window.target + room);
  }

  /**
   * What waits is more than the slots finish in good time, by a factor the advice knows: were every session to keep
   * only that part of what it has under way, it would be right. It follows from what is under way now, so that it cannot
   * overshoot however long events take.
   */
  #shrink(window: CreditWindow, { scale, share }: CreditAdvice): void {
    const underWay = window.sent - window.finished + 1;
    const kept = Math.max(this.#options.min, share, Math.ceil(underWay * scale));
    if (kept < window.target) window.target = kept;
  }

  /**
   * Half of the window is under way; or a whole window of events has gone through in no more time than a client may
   * need to hear of new credit, so that it may have had to wait for it though its events end at once.
   */
  #isUsed(window: CreditWindow): boolean {
    // Before this one finished: 32 kept under way are in use of 64, not 31.
    const underWay = window.sent - window.finished + 1;
    const nowMs = this.#options.now();
    const isFast = window.finished - window.markFinished >= window.target;
    if (isFast || nowMs - window.markMs > this.#options.roundTripMs) {
      const isWithin = isFast && nowMs - window.markMs <= this.#options.roundTripMs;
      window.markFinished = window.finished;
      window.markMs = nowMs;
      if (isWithin) return true;
    }
    return underWay * 2 >= window.target;
  }
}

/** The highest count the session may use, or has used: events beyond its credit count while they are refused. */
function top(window: CreditWindow): number {
  return Math.max(window.max, window.honoured, window.sent);
}
