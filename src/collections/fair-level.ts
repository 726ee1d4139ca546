/**
 * One priority level of a fair queue: the lanes of the flows that have items in it, served in turn by deficit round
 * robin (Shreedhar and Varghese, 1995), in the form that lets an item go when its lane is not in debt and books its
 * cost afterwards: no look-ahead, so a take is O(1) amortised over the cost of what it serves.
 */
import { type Linked, LinkedList } from './linked-list.js';

/** What a level must know of an item. */
export interface Costed<T> extends Linked<T> {
  /** Units of service it uses, 1 or more. */
  readonly cost: number;
  /** Its place in the order of arrival. */
  queueSequence: number;
}

/** The items of one flow in one level, in order of arrival. */
export class Lane<T extends Costed<T>, Flow> {
  readonly flow: Flow;
  /** Items in the order they came. */
  readonly arrived = new LinkedList<T>();
  /** Items that had to wait for their serial first. Each goes ahead of `arrived` items that came after it. */
  readonly released = new LinkedList<T>();
  /** Units it may use; 0 or less is debt, which its next turns pay off. */
  balance = 0;
  isActive = false;
  previous: Lane<T, Flow> = this;
  next: Lane<T, Flow> = this;

  constructor(flow: Flow) {
    this.flow = flow;
  }

  get isEmpty(): boolean {
    return this.arrived.head === undefined && this.released.head === undefined;
  }

  take(): T {
    const arrived = this.arrived.head;
    const released = this.released.head;
    if (released !== undefined && (arrived === undefined || released.queueSequence < arrived.queueSequence)) {
      this.released.remove(released);
      return released;
    }
    this.arrived.remove(arrived as T);
    return arrived as T;
  }
}

/** Units a lane gets when its turn comes: as an item costs at least as much, one item goes and the turn is over. */
const quantum = 1;

export class FairLevel<T extends Costed<T>, Flow> {
  /** Takes from other levels since this one was served, or was empty. */
  passed = 0;
  /** The lane whose turn it is; lanes form a ring. */
  #current: Lane<T, Flow> | undefined = undefined;

  get isEmpty(): boolean {
    return this.#current === undefined;
  }

  /** The lane has items now: it comes last in this round. Does nothing when it is in already. O(1). */
  activate(lane: Lane<T, Flow>): void {
    if (lane.isActive) return;
    lane.isActive = true;
    lane.balance = 0;
    const current = this.#current;
    if (current === undefined) {
      lane.previous = lane;
      lane.next = lane;
      this.#current = lane;
      return;
    }
    lane.previous = current.previous;
    lane.next = current;
    current.previous.next = lane;
    current.previous = lane;
  }

  /** The lane has no items any more. O(1). */
  deactivate(lane: Lane<T, Flow>): void {
    if (!lane.isActive) return;
    lane.isActive = false;
    if (lane.next === lane) {
      this.#current = undefined;
      this.passed = 0;
    } else {
      lane.previous.next = lane.next;
      lane.next.previous = lane.previous;
      if (this.#current === lane) this.#current = lane.next;
    }
    lane.previous = lane;
    lane.next = lane;
  }

  /** The lane whose turn it is, in a level that is not empty: {@link serve} it. */
  nextLane(): Lane<T, Flow> {
    let lane = this.#current as Lane<T, Flow>;
    if (lane.balance <= 0) lane.balance += quantum;
    while (lane.balance <= 0) {
      lane = lane.next;
      if (lane.balance <= 0) lane.balance += quantum;
    }
    return lane;
  }

  /** Takes an item from the lane whose turn it is; then it is the next one's. */
  serve(lane: Lane<T, Flow>): T {
    const item = lane.take();
    lane.balance -= item.cost;
    this.#current = lane.next;
    if (lane.isEmpty) this.deactivate(lane);
    return item;
  }
}
