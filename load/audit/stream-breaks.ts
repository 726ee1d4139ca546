/**
 * Where streams did not go on as they should: an item that is not the next one, a gap that does not begin there or
 * does not count right. Nothing is added for a stream that keeps to the protocol.
 */

/** One break, in the order they came. */
export interface StreamBreak {
  /** Row of the event. */
  readonly row: number;
  readonly kind: 'item' | 'gap';
  /** Of a gap, or twice the number of an item. */
  readonly from: number;
  readonly to: number;
  /** What the gap said; 1 for an item. */
  readonly count: number;
  /** Highest number told before. */
  readonly told: number;
}

const breaksMax = 4096;
const fields = 6;

/** A bounded list without an object per entry. */
export class StreamBreaks {
  /** How many came when the list was full. */
  dropped = 0;
  readonly #numbers = new Int32Array(breaksMax * fields);
  #count = 0;

  get length(): number {
    return this.#count;
  }

  addItem(row: number, number: number, told: number): void {
    if (this.#claim(row, told)) this.#fill(0, number, number, 1);
  }

  addGap(row: number, from: number, to: number, count: number, told: number): void {
    if (this.#claim(row, told)) this.#fill(1, from, to, count);
  }

  /** Adds one that another list held. */
  add({ row, kind, from, to, count, told }: StreamBreak): void {
    if (kind === 'item') this.addItem(row, from, told);
    else this.addGap(row, from, to, count, told);
  }

  *[Symbol.iterator](): Generator<StreamBreak> {
    for (let at = 0; at < this.#count * fields; at += fields) {
      const [row, kind, from, to, count, told] = this.#numbers.subarray(at, at + fields) as unknown as NumbersOfABreak;
      yield { row, kind: kind === 0 ? 'item' : 'gap', from, to, count, told };
    }
  }

  /** Starts an entry, if there is room. */
  #claim(row: number, told: number): boolean {
    if (this.#count === breaksMax) {
      this.dropped += 1;
      return false;
    }
    this.#numbers[this.#count * fields] = row;
    this.#numbers[this.#count * fields + 5] = told;
    return true;
  }

  #fill(kind: number, from: number, to: number, count: number): void {
    const at = this.#count * fields;
    this.#numbers[at + 1] = kind;
    this.#numbers[at + 2] = from;
    this.#numbers[at + 3] = to;
    this.#numbers[at + 4] = count;
    this.#count += 1;
  }
}

type NumbersOfABreak = readonly [number, number, number, number, number, number];
