/**
 * Queue and slots of one pipeline, as a source to pull from: `take()` gives an event only when a slot is free for it,
 * and whoever frees a slot wakes the pull. An event goes straight through when nothing waits.
 *
 * A batch holds one slot from its first event on. When all slots are busy and a batch is open, the next event in line
 * is looked at: one that joins the batch needs no slot; any other is kept in hand, first for the next slot.
 *
 * A stream that waits for its client is parked: it lends its slot to others, up to a bound of parked streams. When it
 * may go on it takes a free slot, or the next one to be freed, ahead of everything that waits to begin.
 */
import { FairQueue } from '../collections/fair-queue.js';
import { LinkedList } from '../collections/linked-list.js';
import type { EventRecord } from '../model/event-record.js';
import type { Route } from '../model/route.js';
import type { PullSource } from '../operators/pull.js';

/**
 * How many takes may pass over the levels critical, high, normal and low while they have events waiting, before one of
 * theirs goes first. So `low` is served at least once in 65 takes, `normal` in 18 and `high` in 7, whatever else comes;
 * the little above each bound is for less urgent levels that are due at the same take.
 */
export const levelPassesMax = Object.freeze([0, 4, 16, 64]);

export class Scheduler implements PullSource<EventRecord> {
  /** May change at any time; slots in use beyond it are not taken away. Call {@link wake} when it has grown. */
  slots = 0;
  /** Slots in use. */
  busy = 0;
  /** Streams that have lent their slot. */
  parked = 0;
  readonly #parkedMax: number;
  /** Of those, what would go on, in order. */
  readonly #returning = new LinkedList<EventRecord>();
  readonly #queue = new FairQueue<EventRecord>({ passesMax: levelPassesMax });
  readonly #openBatches = new Set<Route>();
  /** Ahead of the queue: came when nothing waited, or was looked at and did not join the open batch. */
  #first: EventRecord | undefined = undefined;
  #wake: () => void = () => undefined;

  constructor(parkedMax: number) {
    this.#parkedMax = parkedMax;
  }

  /** Events that wait for a slot. */
  get waiting(): number {
    return this.#queue.size + (this.#first === undefined ? 0 : 1);
  }

  /** Sessions, or addresses, with something waiting or a key held. */
  get flows(): number {
    return this.#queue.flows;
  }

  /** Where no order was asked for, the newest of a session goes first. */
  get newestFirst(): boolean {
    return this.#queue.newestFirst;
  }

  set newestFirst(isSo: boolean) {
    this.#queue.newestFirst = isSo;
  }

  /** Events that would go before this one, were it to wait: all that is more urgent, and of its level those in turn. */
  ahead(record: EventRecord): number {
    let ahead = this.#queue.ahead(record.flow, record.level);
    for (let level = 0; level < record.level; level += 1) ahead += this.#queue.sizeOf(level);
    return ahead;
  }

  /** What came first of those that wait in this one's line, if no order was asked for them. */
  oldestBeside(record: EventRecord): EventRecord | undefined {
    return this.#queue.oldestLoose(record.flow, record.level);
  }

  /** Takes events out until `keep` wait at most, none more urgent than `levelMin`; they are told to `onShed`. */
  shed(keep: number, levelMin: number, onShed: (record: EventRecord) => void): void {
    this.#queue.shed(keep, levelMin, onShed);
  }

  onReady(wake: () => void): () => void {
    this.#wake = wake;
    return () => {
      this.#wake = () => undefined;
    };
  }

  /** Takes one event in; it may be handed on before this returns. O(1). */
  offer(record: EventRecord): void {
    if (this.busy < this.slots && record.serial === undefined && this.waiting === 0) this.#first = record;
    else this.#queue.offer(record);
    this.#wake();
  }

  /** The waiting event a newer one of the same key replaces, or undefined. Only for conflating routes. */
  replaceable(record: EventRecord): EventRecord | undefined {
    if (record.serial === undefined) return undefined;
    return this.#queue.lastWaiting(record.flow, record.group, record.serial);
  }

  /** `fresh` takes the place of `old`, which then waits no more. */
  replace(old: EventRecord, fresh: EventRecord): void {
    this.#queue.replace(old, fresh);
  }

  take(): EventRecord | undefined {
    const record = this.busy < this.slots ? this.#next() : this.#joiner();
    if (record === undefined) return undefined;
    this.busy += 1;
    record.state = 'held';
    return record;
  }

  /** A waiting event leaves: cancelled or expired. @returns false when it was not waiting */
  remove(record: EventRecord): boolean {
    if (this.#first !== record) return this.#queue.remove(record);
    this.#first = undefined;
    this.#queue.release(record);
    return true;
  }

  /** The slot is free again. Call {@link wake} once the outcome is on its way. */
  freeSlot(): void {
    this.busy -= 1;
  }

  /** The event no longer holds its key. */
  freeKey(record: EventRecord): void {
    if (record.serial !== undefined) this.#queue.release(record);
  }

  /** The event holds its key again: its batch starts. */
  holdKey(record: EventRecord): void {
    if (record.serial !== undefined) this.#queue.seize(record);
  }

  wake(): void {
    while (this.#returning.head !== undefined && this.busy < this.slots) {
      const record = this.#returning.head;
      this.#returning.remove(record);
      record.stream?.resume();
    }
    if (this.waiting > 0) this.#wake();
  }

  /** A running stream lends its slot, if it may. @returns whether there is a slot to wake somebody for */
  park(record: EventRecord): boolean {
    if (record.isParked || this.parked >= this.#parkedMax) return false;
    record.isParked = true;
    this.parked += 1;
    this.busy -= 1;
    return true;
  }

  /** A parked stream would go on. @returns false when it has to wait: its `resume` is called when there is a slot */
  unpark(record: EventRecord): boolean {
    if (this.busy >= this.slots) {
      if (record.queueHome === undefined) this.#returning.push(record);
      return false;
    }
    if (record.queueHome !== undefined) this.#returning.remove(record);
    record.isParked = false;
    this.parked -= 1;
    this.busy += 1;
    return true;
  }

  /** A running event has ended: what it held is free. Call {@link wake} once the outcome is on its way. */
  ended(record: EventRecord): void {
    if (record.isParked) {
      if (record.queueHome !== undefined) this.#returning.remove(record);
      record.isParked = false;
      this.parked -= 1;
    } else this.busy -= 1;
    this.freeKey(record);
  }

  batchOpened(route: Route): void {
    this.#openBatches.add(route);
  }

  batchClosed(route: Route): void {
    this.#openBatches.delete(route);
  }

  #next(): EventRecord | undefined {
    const first = this.#first;
    if (first === undefined) return this.#queue.take();
    this.#first = undefined;
    return first;
  }

  /** All slots are busy: only an event that joins an open batch may go. */
  #joiner(): EventRecord | undefined {
    if (this.#openBatches.size === 0 || this.#first !== undefined) return undefined;
    const record = this.#queue.take();
    if (record === undefined || this.#openBatches.has(record.route)) return record;
    this.#first = record;
    return undefined;
  }
}
