/**
 * A map by ids that come and go: whole numbers or strings, of which `1` and `"1"` differ. A sole entry stands in the
 * map itself, since most have no more at a time; more numbers are hashed into arrays with linear probing, where an
 * entry that leaves is filled up by those behind it (Knuth, The Art of Computer Programming, volume 3, 6.4, algorithm
 * R). The built-in Map keeps what was deleted until it rebuilds itself, which with few entries alive and many coming and
 * going it does all the time: 370 ns per entry against 30 here.
 */

/** Slots of the first arrays; a power of two, like all sizes. */
const slotsMin = 8;
/** Arrays up to this size are kept when entries leave: they are likely to be needed again. */
const slotsKept = 64;
/** Every multiple of it is well spread: 2^32 divided by the golden ratio. */
const spread = 0x9e3779b1;

export class IdMap<V> {
  #soleId: number | string = 0;
  #sole: V | undefined = undefined;
  #hashed: HashedIds<V> | undefined = undefined;
  #named: Map<string, V> | undefined = undefined;

  get size(): number {
    return (this.#sole === undefined ? 0 : 1) + (this.#hashed?.count ?? 0) + (this.#named?.size ?? 0);
  }

  get(id: number | string): V | undefined {
    if (this.#soleId === id && this.#sole !== undefined) return this.#sole;
    return typeof id === 'number' ? this.#hashed?.get(id) : this.#named?.get(id);
  }

  has(id: number | string): boolean {
    return this.get(id) !== undefined;
  }

  /** Adds an entry whose id is not in the map. `value` must not be undefined. */
  add(id: number | string, value: V): void {
    if (this.#sole === undefined) {
      this.#soleId = id;
      this.#sole = value;
    } else if (typeof id === 'number') {
      this.#hashed ??= new HashedIds();
      this.#hashed.add(id, value);
    } else {
      this.#named ??= new Map();
      this.#named.set(id, value);
    }
  }

  /** Takes out an entry; does nothing when there is none. */
  delete(id: number | string): void {
    if (this.#soleId === id && this.#sole !== undefined) this.#sole = undefined;
    else if (typeof id === 'number') this.#hashed?.delete(id);
    else this.#named?.delete(id);
  }

  /** All values, as they are now. */
  values(): V[] {
    const values = this.#sole === undefined ? [] : [this.#sole];
    return [...values, ...(this.#hashed?.values() ?? []), ...(this.#named?.values() ?? [])];
  }
}

/** The entries that are hashed. */
class HashedIds<V> {
  count = 0;
  #keys: number[] = [];
  #values: (V | undefined)[] = [];

  constructor() {
    this.#resize(slotsMin);
  }

  get(id: number): V | undefined {
    return this.count === 0 ? undefined : this.#values[this.#find(id)];
  }

  add(id: number, value: V): void {
    if ((this.count + 1) * 2 > this.#values.length) this.#resize(this.#values.length * 2);
    this.#put(id, value);
    this.count += 1;
  }

  delete(id: number): void {
    if (this.count === 0) return;
    const slot = this.#find(id);
    if (this.#values[slot] === undefined) return;
    this.count -= 1;
    this.#close(slot);
    if (this.#values.length > slotsKept && this.count * 8 < this.#values.length) this.#resize(this.#values.length / 2);
  }

  values(): V[] {
    return this.#values.filter((value) => value !== undefined);
  }

  /** The slot of an id, or the free one where it would be. */
  #find(id: number): number {
    const mask = this.#values.length - 1;
    let slot = hash(id) & mask;
    while (this.#values[slot] !== undefined && this.#keys[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  #put(id: number, value: V): void {
    const slot = this.#find(id);
    this.#keys[slot] = id;
    this.#values[slot] = value;
  }

  /** Empties a slot, moving up entries that could no longer be found across the gap. */
  #close(emptied: number): void {
    const mask = this.#values.length - 1;
    let gap = emptied;
    for (let slot = (gap + 1) & mask; this.#values[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = hash(this.#keys[slot] as number) & mask;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      this.#keys[gap] = this.#keys[slot] as number;
      this.#values[gap] = this.#values[slot];
      gap = slot;
    }
    this.#values[gap] = undefined;
  }

  #resize(slots: number): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Array<number>(slots).fill(0);
    this.#values = new Array<V | undefined>(slots).fill(undefined);
    for (const [slot, value] of values.entries()) if (value !== undefined) this.#put(keys[slot] as number, value);
  }
}

/** Of a whole number up to 2^53; the high bits of the product are the good ones. */
function hash(id: number): number {
  const folded = (id >>> 0) ^ Math.floor(id / 2 ** 32);
  return Math.imul(folded, spread) >>> 12;
}
