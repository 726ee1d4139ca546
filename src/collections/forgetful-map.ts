/**
 * A map with a bound, for state that is worth nothing after a while, such as a bucket that is full again. Each time room
 * is asked for, it looks at the next few entries in turn and forgets those that are worth nothing. So an entry costs O(1)
 * amortised, there is no sweep of everything at once, and no timer.
 */
export interface ForgetfulMapOptions<V> {
  /** Entries at most. */
  readonly max: number;
  /** Whether an entry may go. */
  readonly isForgettable: (value: V, nowMs: number) => boolean;
}

/** Entries looked at for each that comes: more than one, or garbage could gather as fast as it goes. */
const looks = 2;

export class ForgetfulMap<V> {
  readonly #options: ForgetfulMapOptions<V>;
  readonly #entries = new Map<string, V>();
  /** Walks round and round; what is added and deleted meanwhile does not disturb it. */
  #walk = this.#entries.entries();

  constructor(options: ForgetfulMapOptions<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /** Forgets what it comes across. @returns whether there is room for one more: {@link add} it */
  makeRoom(nowMs: number): boolean {
    for (let i = 0; i < looks; i += 1) {
      const step = this.#walk.next();
      if (step.done === true) {
        this.#walk = this.#entries.entries();
        continue;
      }
      const [key, value] = step.value;
      if (this.#options.isForgettable(value, nowMs)) this.#entries.delete(key);
    }
    return this.#entries.size < this.#options.max;
  }

  /** Adds an entry that is not in, after {@link makeRoom} said yes. */
  add(key: string, value: V): void {
    this.#entries.set(key, value);
  }

  /** Takes out an entry; does nothing when it is not in. */
  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Takes out all. */
  clear(): void {
    this.#entries.clear();
    this.#walk = this.#entries.entries();
  }
}
