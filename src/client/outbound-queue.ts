/**
 * Where events wait for credit: bounded in items and bytes, the most urgent first, and those of one priority in their
 * order. Whatever was under way before goes first of all, in the order it had: nothing of the same key may pass it.
 */
import { LinkedList } from '../collections/linked-list.js';
import { priorities } from '../protocol/priorities.js';
import type { OutboundBounds } from './bounds.js';
import type { Operation } from './operation.js';

export class OutboundQueue {
  readonly bounds: OutboundBounds;
  readonly #again = new LinkedList<Operation>();
  readonly #levels = priorities.map(() => new LinkedList<Operation>());
  readonly #critical = this.#levels[0] as LinkedList<Operation>;
  #items = 0;
  #bytes = 0;

  constructor(bounds: OutboundBounds) {
    this.bounds = bounds;
  }

  get items(): number {
    return this.#items;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more with so many bytes would be within the bounds. */
  hasRoomFor(bytes: number): boolean {
    return this.#items < this.bounds.items && this.#bytes + bytes <= this.bounds.bytes;
  }

  /** Adds one at the end of its level. Who adds looks for room first; what was taken before is added in any case. */
  push(operation: Operation): void {
    (this.#levels[operation.level] as LinkedList<Operation>).push(operation);
    this.#items += 1;
    this.#bytes += operation.bytes;
  }

  /**
   * Adds those that go before all others, wherever the order in which they left first has them; critical ones before
   * those that need credit. There are no more of them than the session had credit, or the gateway a reserve.
   */
  pushAgain(operations: readonly Operation[]): void {
    for (const operation of operations) {
      insertInOrder(operation.isCritical ? this.#critical : this.#again, operation);
      this.#items += 1;
      this.#bytes += operation.bytes;
    }
  }

  /** The one that goes next where there is no credit: only critical ones do. */
  get firstCritical(): Operation | undefined {
    return this.#critical.head;
  }

  /** The one that goes next; it stays. O(1). */
  get first(): Operation | undefined {
    if (this.#critical.head !== undefined) return this.#critical.head;
    if (this.#again.head !== undefined) return this.#again.head;
    for (const level of this.#levels) if (level.head !== undefined) return level.head;
    return undefined;
  }

  has(operation: Operation): boolean {
    return operation.queueHome !== undefined;
  }

  /** Counts one that waits elsewhere and comes back. */
  setAside({ bytes }: Operation): void {
    this.#items += 1;
    this.#bytes += bytes;
  }

  /** Counts it no longer. */
  takeBack({ bytes }: Operation): void {
    this.#items -= 1;
    this.#bytes -= bytes;
  }

  /** Takes one out that is in it. O(1). */
  remove(operation: Operation): void {
    (operation.queueHome as LinkedList<Operation>).remove(operation);
    this.#items -= 1;
    this.#bytes -= operation.bytes;
  }
}

/** From the end, where its place is most of the time. Those that have never left come last. */
function insertInOrder(list: LinkedList<Operation>, operation: Operation): void {
  let place = list.tail;
  while (place !== undefined && (place.order === 0 || place.order > operation.order)) place = place.queuePrevious;
  if (place === undefined) list.unshift(operation);
  else list.insertAfter(place, operation);
}
