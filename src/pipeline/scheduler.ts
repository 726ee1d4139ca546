/**
 * Queue and slots of one pipeline, as a source to pull from: `take()` gives an event only when a slot is free for it,
 * and whoever frees a slot wakes the pull. An event goes straight through when nothing waits.
 *
 * A batch holds one slot from its first event on. When all slots are busy and a batch is open, the next event in line
 * is looked at: one that joins the batch needs no slot; any other is kept in hand, first for the next slot.
 */
import { FairQueue } from '../collections/fair-queue.js';
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
  readonly slots: number;
  /** Slots in use. */
  busy = 0;
  readonly #queue = new FairQueue<EventRecord>({ passesMax: levelPassesMax });
  readonly #openBatches = new Set<Route>();
  /** Ahead of the queue: came when nothing waited, or was looked at and did not join the open batch. */
  #first: EventRecord | undefined = undefined;
  #wake: () => void = () => undefined;

  constructor(slots: number) {
    this.slots = slots;
  }

  /** Events that wait for a slot. */
  get waiting(): number {
    return this.#queue.size + (this.#first === undefined ? 0 : 1);
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
    if (this.waiting > 0) this.#wake();
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
