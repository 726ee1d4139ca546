/**
 * Numbers the turns of the event loop, so that work can be counted per turn. While one socket sends faster than it is
 * read, the library reads it again and again within one turn, and no timer runs: what must not go on for ever is
 * bounded by this count.
 */
export class LoopTurn {
  #number = 1;
  #isEndSet = false;
  readonly #end = (): void => {
    this.#number += 1;
    this.#isEndSet = false;
  };

  /** The number of this turn. One immediate is set for every turn in which it is asked; O(1). */
  now(): number {
    if (!this.#isEndSet) {
      this.#isEndSet = true;
      setImmediate(this.#end);
    }
    return this.#number;
  }
}
