/** Gives each of those that have work left one go per turn of the event loop, so that timers and others come between. */
export class Rounds<T> {
  readonly #waiting = new Set<T>();
  readonly #go: (item: T) => boolean;
  #isSet = false;
  readonly #run = (): void => {
    this.#isSet = false;
    for (const item of [...this.#waiting]) if (this.#waiting.has(item) && this.#go(item)) this.#waiting.delete(item);
    if (this.#waiting.size > 0) this.#set();
  };

  /** @param go does some of the work; true when none is left. Must not throw */
  constructor(go: (item: T) => boolean) {
    this.#go = go;
  }

  /** Its first go comes in the next turn. */
  add(item: T): void {
    this.#waiting.add(item);
    this.#set();
  }

  /** It has no work any more. */
  delete(item: T): void {
    this.#waiting.delete(item);
  }

  /** Those that have work left. */
  get all(): readonly T[] {
    return [...this.#waiting];
  }

  #set(): void {
    if (this.#isSet) return;
    this.#isSet = true;
    setImmediate(this.#run);
  }
}
