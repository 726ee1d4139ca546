/**
 * Which ids of one connection are outstanding. A slot hands out ids that are a multiple of the slot count apart, so
 * the slot of a reply follows from its id, and any id but the one outstanding there is a second or unasked answer.
 * Connections that go on alike stay apart in their ids, so an answer given to the wrong connection is noticed too.
 */
import { idMax, idMin } from './id-field.js';

/** One of `of` connections that share the range of ids: each starts in another part of it. */
export interface IdShare {
  readonly index: number;
  readonly of: number;
}

const whole: IdShare = { index: 0, of: 1 };

export class IdSlots {
  readonly size: number;
  private readonly ids: Uint32Array;
  private readonly isOpen: Uint8Array;
  private readonly freeSlots: Int32Array;
  private freeCount: number;

  constructor(size: number, share: IdShare = whole) {
    this.size = size;
    const rounds = Math.floor((idMax - idMin + 1) / size);
    const first = idMin + share.index * Math.floor(rounds / share.of) * size;
    this.ids = Uint32Array.from({ length: size }, (_, slot) => first + slot);
    this.isOpen = new Uint8Array(size);
    this.freeSlots = Int32Array.from({ length: size }, (_, slot) => size - 1 - slot);
    this.freeCount = size;
  }

  get free(): number {
    return this.freeCount;
  }

  get outstanding(): number {
    return this.size - this.freeCount;
  }

  /** An id that is outstanding from now on. There must be a free slot. O(1). */
  take(): number {
    this.freeCount -= 1;
    const slot = this.freeSlots[this.freeCount] ?? 0;
    this.isOpen[slot] = 1;
    return this.ids[slot] ?? 0;
  }

  /** Whether `id` is outstanding. O(1). */
  has(id: number): boolean {
    const slot = (id - idMin) % this.size;
    return this.isOpen[slot] === 1 && this.ids[slot] === id;
  }

  /** Ends an id. @returns false when it was not outstanding. O(1). */
  finish(id: number): boolean {
    if (!this.has(id)) return false;
    const slot = (id - idMin) % this.size;
    this.isOpen[slot] = 0;
    const next = id + this.size;
    this.ids[slot] = next > idMax ? idMin + slot : next;
    this.freeSlots[this.freeCount] = slot;
    this.freeCount += 1;
    return true;
  }
}
