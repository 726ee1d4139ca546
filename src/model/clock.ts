/** Time, owned: everything that waits or measures takes it from a {@link Clock}, so that tests can hold it still. */

/** A timer that can be cleared. */
export interface Timer {
  clear(): void;
}

export interface Clock {
  /** Milliseconds since the epoch, fractional, never going back within a process. About 60 ns. */
  nowMs(): number;
  /** The same, read once per turn of the event loop: for stamps where one turn does not matter. */
  turnMs(): number;
  /** Calls back once, `delayMs` from now. The timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

/** The clock of the machine. */
export function systemClock(): Clock {
  const { timeOrigin } = performance;
  const forget = () => {
    turn = 0;
  };
  let turn = 0;
  return {
    nowMs: () => timeOrigin + performance.now(),
    turnMs() {
      if (turn === 0) {
        turn = timeOrigin + performance.now();
        setImmediate(forget);
      }
      return turn;
    },
    after(delayMs, callback) {
      const handle = setTimeout(callback, delayMs).unref();
      return { clear: () => clearTimeout(handle) };
    },
  };
}
