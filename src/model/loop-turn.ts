/**
 * The turns of the event loop, numbered: for work that is bounded, gathered or stamped once per turn. One immediate
 * ends a turn for all who use it.
 */
export class LoopTurn {
  /** When this turn was asked for first, as `performance.now` counts. */
  startedMs = 0;
  #number = 1;
  #isEndSet = false;
  readonly #atEnd: (() => void)[] = [];
  readonly #end = (): void => {
    this.#number += 1;
    this.#isEndSet = false;
    for (const callback of this.#atEnd) callback();
  };

  /** The number of this turn. A turn has an end only if it was asked for in it. O(1). */
  now(): number {
    if (!this.#isEndSet) {
      this.#isEndSet = true;
      this.startedMs = performance.now();
      setImmediate(this.#end);
    }
    return this.#number;
  }

  /** Calls back whenever a turn ends, for good. The callback must not throw. */
  onEnd(callback: () => void): void {
    this.#atEnd.push(callback);
  }
}
