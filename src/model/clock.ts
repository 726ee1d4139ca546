/** Time, owned: everything that waits or measures takes it from a {@link Clock}, so that tests can hold it still. */
import type { LoopTurn } from './loop-turn.js';

/** Milliseconds: the longest a timer of Node can be set to, 24.8 days. What is longer would be over at once. */
export const timerMsMax = 2 ** 31 - 1;

/** A timer that can be cleared. */
export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Milliseconds since the clock began, fractional, never going back. About 60 ns. */
  nowMs(): number;
  /**
   * The same, read once per turn of the event loop and rounded up: for stamps where that does not matter. A small whole
   * number, which unlike a fraction costs no memory where it is kept.
   */
  turnMs(): number;
  /** From one of these to milliseconds since the epoch. */
  epochMs(atMs: number): number;
  /** Calls back once, `delayMs` from now, at most {@link timerMsMax}. The timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

/** The clock of the machine. It begins with the process. */
export function systemClock(turn: LoopTurn): Clock {
  const { timeOrigin } = performance;
  let stampedTurn = 0;
  let turnMs = 0;
  return {
    nowMs: () => performance.now(),
    turnMs() {
      const current = turn.now();
      if (current !== stampedTurn) {
        stampedTurn = current;
        turnMs = Math.ceil(turn.startedMs);
      }
      return turnMs;
    },
    epochMs: (atMs) => timeOrigin + atMs,
    after(delayMs, callback) {
      const handle = setTimeout(callback, delayMs).unref();
      return { clear: () => clearTimeout(handle) };
    },
  };
}
