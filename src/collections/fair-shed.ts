/**
 * The order in which a level of a fair queue is shed: what would be served last goes first.
 *
 * - Of the lanes the longest gives an item, again and again, so that they come down to one length: a flow with few items
 *   loses none before the others are as short. Of lanes that are as long as each other the older flow's gives.
 * - Inside a lane the newest item goes, those parked included. Where the newest loose items are served first, the oldest
 *   of them go instead; as they and the ordered ones then take turns, it is one of the kind there are more of.
 * - Of a serial a suffix goes, never one from the middle: an item stays while a newer one of its serial stays, as one of
 *   another level does.
 */
import type { Costed, Lane } from './fair-level.js';
import type { LinkedList } from './linked-list.js';

/** What must be known of an item. */
export interface Sheddable<T> extends Costed<T> {
  readonly level: number;
  /** Its {@link SheddableSerial}, or undefined. */
  readonly serialState: unknown;
}

/** What must be known of a serial: its waiting items but the one in a lane, in order. */
export interface SheddableSerial<T extends Sheddable<T>> {
  readonly parked: LinkedList<T>;
}

/** What must be known of a flow. */
export interface SheddableFlow<T extends Sheddable<T>, Flow> {
  readonly lanes: readonly (Lane<T, Flow> | undefined)[];
  readonly serials: ReadonlyMap<string, SheddableSerial<T>> | undefined;
}

/** A lane, and the last item of each list that has ordered ones for it; filled when the lane has to give. */
interface Giver<T extends Sheddable<T>, Flow> {
  readonly lane: Lane<T, Flow>;
  /** Its place among lanes as long as it. */
  readonly rank: number;
  lasts: Heap<T> | undefined;
}

/** One level of a queue, whose items go while it is asked; used up in the same turn of the event loop. */
export class ShedOrder<T extends Sheddable<T>, Flow extends SheddableFlow<T, Flow>> {
  readonly #level: number;
  readonly #newestFirst: boolean;
  readonly #givers: Heap<Giver<T, Flow>>;

  /** `flows`: the oldest first. O(flows). */
  constructor(flows: Iterable<Flow>, level: number, newestFirst: boolean) {
    this.#level = level;
    this.#newestFirst = newestFirst;
    const givers: Giver<T, Flow>[] = [];
    for (const flow of flows) {
      const lane = flow.lanes[level];
      if (lane !== undefined && lane.size > 0) givers.push({ lane, rank: givers.length, lasts: undefined });
    }
    this.#givers = new Heap<Giver<T, Flow>>(givers, isLonger);
  }

  /**
   * The next to go, or undefined when nothing may: take it out of the queue before asking again. O(log flows), and
   * once for each flow O(its serials).
   */
  next(): T | undefined {
    // The lane that gave the last time is shorter now.
    this.#givers.settleTop();
    for (let giver = this.#givers.top; giver !== undefined; giver = this.#givers.top) {
      const item = this.#last(giver);
      if (item !== undefined) return item;
      this.#givers.removeTop();
    }
    return undefined;
  }

  #last(giver: Giver<T, Flow>): T | undefined {
    const { lane } = giver;
    giver.lasts ??= this.#lasts(lane);
    if (!this.#newestFirst) return this.#newest(giver.lasts);
    const oldestLoose = lane.loose.head;
    if (lane.looseSize * 2 >= lane.size) return oldestLoose;
    return this.#newest(giver.lasts) ?? oldestLoose;
  }

  #lasts(lane: Lane<T, Flow>): Heap<T> {
    const lists = this.#newestFirst ? [lane.arrived] : [lane.arrived, lane.loose];
    if (lane.released !== undefined) lists.push(lane.released);
    for (const { parked } of lane.flow.serials?.values() ?? []) lists.push(parked);
    const lasts: T[] = [];
    for (const { tail } of lists) if (tail !== undefined && tail.level === this.#level) lasts.push(tail);
    return new Heap<T>(lasts, isNewer);
  }

  /** The newest of the items that are last in their lists, the one before it being the last from now on. */
  #newest(lasts: Heap<T>): T | undefined {
    for (let item = lasts.top; item !== undefined; item = lasts.top) {
      const before = item.queuePrevious;
      if (before === undefined || before.level !== this.#level) lasts.removeTop();
      else lasts.replaceTop(before);
      if (!isFollowed(item)) return item;
    }
    return undefined;
  }
}

function isLonger<T extends Sheddable<T>, Flow>(a: Giver<T, Flow>, b: Giver<T, Flow>): boolean {
  return a.lane.size > b.lane.size || (a.lane.size === b.lane.size && a.rank < b.rank);
}

function isNewer<T extends Sheddable<T>>(a: T, b: T): boolean {
  return a.queueSequence > b.queueSequence;
}

/** Whether it stands in a lane, and newer ones of its serial are parked. Those are looked at from the newest on. */
function isFollowed<T extends Sheddable<T>>(item: T): boolean {
  const serial = item.serialState as SheddableSerial<T> | undefined;
  return serial !== undefined && serial.parked !== item.queueHome && serial.parked.tail !== undefined;
}

/** A binary heap in an array. */
class Heap<E> {
  readonly #entries: E[];
  readonly #isBefore: (a: E, b: E) => boolean;

  /** The array is its own from then on. O(entries). */
  constructor(entries: E[], isBefore: (a: E, b: E) => boolean) {
    this.#entries = entries;
    this.#isBefore = isBefore;
    for (let i = (entries.length >> 1) - 1; i >= 0; i -= 1) this.#sink(i);
  }

  get top(): E | undefined {
    return this.#entries[0];
  }

  /** The top may have to go further down. */
  settleTop(): void {
    if (this.#entries.length > 1) this.#sink(0);
  }

  replaceTop(entry: E): void {
    this.#entries[0] = entry;
    this.settleTop();
  }

  removeTop(): void {
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) this.replaceTop(last);
  }

  #sink(from: number): void {
    const entries = this.#entries;
    const entry = entries[from] as E;
    let hole = from;
    for (let child = 2 * hole + 1; child < entries.length; child = 2 * hole + 1) {
      if (child + 1 < entries.length && this.#isBefore(entries[child + 1] as E, entries[child] as E)) child += 1;
      if (!this.#isBefore(entries[child] as E, entry)) break;
      entries[hole] = entries[child] as E;
      hole = child;
    }
    entries[hole] = entry;
  }
}
