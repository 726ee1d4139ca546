/** A queue in a ring that grows: added to at one end and taken from at the other in O(1), and looked into by position. */

/** Slots of the first ring; a power of two, like all sizes. */
const slotsMin = 8;

export class Deque<T> {
  #ring: (T | undefined)[] = [];
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size += 1;
  }

  /** Takes out the oldest; undefined when there is none. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    return item;
  }

  /** The item at a position: 0 is the oldest. */
  at(position: number): T | undefined {
    if (position < 0 || position >= this.#size) return undefined;
    return this.#ring[(this.#head + position) & (this.#ring.length - 1)];
  }

  /** Takes out all, and gives its memory back. */
  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#size = 0;
  }

  #grow(): void {
    const larger = new Array<T | undefined>(Math.max(slotsMin, this.#ring.length * 2));
    for (let i = 0; i < this.#size; i += 1) larger[i] = this.at(i);
    for (let i = this.#size; i < larger.length; i += 1) larger[i] = undefined;
    this.#ring = larger;
    this.#head = 0;
  }
}
