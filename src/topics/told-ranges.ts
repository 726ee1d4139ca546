/** Offsets a subscriber was told will not come: disjoint ranges, in order, bounded. */

/** Ranges kept: with 16 bytes each, a subscription's share of them is small whatever happens. */
const rangesMax = 1024;

export class ToldRanges {
  /** from, to, from, to, … */
  #bounds: number[] = [];

  get size(): number {
    return this.#bounds.length / 2;
  }

  /**
   * Adds a range, one with those it touches. Past the bound the lowest is forgotten: what is in it may then come after
   * all, which is no loss. O(ranges).
   */
  add(from: number, to: number): void {
    const bounds = this.#bounds;
    let start = bounds.length;
    while (start > 0 && (bounds[start - 1] as number) >= from - 1) start -= 2;
    let end = start;
    let low = from;
    let high = to;
    while (end < bounds.length && (bounds[end] as number) <= to + 1) {
      low = Math.min(low, bounds[end] as number);
      high = Math.max(high, bounds[end + 1] as number);
      end += 2;
    }
    bounds.splice(start, end - start, low, high);
    if (bounds.length > 2 * rangesMax) bounds.splice(0, 2);
  }

  has(offset: number): boolean {
    const bounds = this.#bounds;
    for (let i = 0; i < bounds.length; i += 2) {
      if (offset >= (bounds[i] as number) && offset <= (bounds[i + 1] as number)) return true;
    }
    return false;
  }

  /** How many of a range are in none of these, and the first and last of them. */
  others(from: number, to: number): { readonly from: number; readonly to: number; readonly count: number } {
    const bounds = this.#bounds;
    let first = from;
    let last = to;
    let count = to - from + 1;
    for (let i = 0; i < bounds.length; i += 2) {
      const low = Math.max(from, bounds[i] as number);
      const high = Math.min(to, bounds[i + 1] as number);
      if (low > high) continue;
      count -= high - low + 1;
      if (low === first) first = high + 1;
      if (high === to) last = low - 1;
    }
    return { from: first, to: last, count };
  }

  /** Forgets what is not behind an offset. */
  forget(offset: number): void {
    const bounds = this.#bounds;
    let end = 0;
    while (end < bounds.length && (bounds[end + 1] as number) <= offset) end += 2;
    if (end > 0) bounds.splice(0, end);
  }
}
