/**
 * The priority levels of a fair queue, and which of them is next. In a level are the lanes of the flows that have items
 * in it, served in turn by deficit round
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
  /** Ordered items, in the order they came. */
  readonly arrived = new LinkedList<T>();
  /** Items for which no order was asked, in the order they came. */
  readonly loose = new LinkedList<T>();
  /**
   * Items that had to wait for their serial first. Each goes ahead of items in the other lists that came after it.
   * Undefined until there is one.
   */
  released: LinkedList<T> | undefined = undefined;
  /** Items of the flow in the level: those in the three lists, and those parked. The queue keeps it. */
  size = 0;
  /** Items in `loose`. */
  looseSize = 0;
  /** Units it may use; 0 or less is debt, which its next turns pay off. */
  balance = 0;
  /** Whether the last item it gave was a loose one. */
  gaveLoose = false;
  isActive = false;
  previous: Lane<T, Flow> = this;
  next: Lane<T, Flow> = this;

  constructor(flow: Flow) {
    this.flow = flow;
  }

  /** Whether nothing stands in it: what it has may be parked. */
  get isEmpty(): boolean {
    return this.arrived.head === undefined && this.loose.head === undefined && this.released?.head === undefined;
  }

  pushReleased(item: T): void {
    this.released ??= new LinkedList<T>();
    this.released.push(item);
  }

  pushLoose(item: T): void {
    this.loose.push(item);
    this.looseSize += 1;
  }

  /**
   * Takes the item that came first. With `newestFirst` the newest loose one goes where a loose one would, and an
   * ordered one follows it: the oldest loose one stays, and would else be first for as long as others come.
   */
  take(newestFirst: boolean): T {
    const arrived = this.arrived.head;
    const released = this.released?.head;
    const isReleased =
      released !== undefined && (arrived === undefined || released.queueSequence < arrived.queueSequence);
    const ordered = isReleased ? released : arrived;
    const loose = this.loose.head;
    const isLoose =
      loose !== undefined &&
      (ordered === undefined || (loose.queueSequence < ordered.queueSequence && !(newestFirst && this.gaveLoose)));
    this.gaveLoose = isLoose;
    if (isLoose) {
      const item = newestFirst ? (this.loose.tail as T) : loose;
      this.loose.remove(item);
      this.looseSize -= 1;
      return item;
    }
    if (isReleased) this.released?.remove(released);
    else this.arrived.remove(arrived as T);
    return ordered as T;
  }
}

/** Units a lane gets when its turn comes: as an item costs at least as much, one item goes and the turn is over. */
const quantum = 1;

export class FairLevel<T extends Costed<T>, Flow> {
  /** Items in the level, those parked included. The queue keeps it. */
  size = 0;
  /** Lanes that take turns. */
  lanes = 0;
  /** Takes from other levels since this one was served, or was empty. */
  passed = 0;
  /** From how many on it goes before more urgent levels. */
  readonly passesMax: number;
  /** The lane whose turn it is; lanes form a ring. */
  #current: Lane<T, Flow> | undefined = undefined;

  constructor(passesMax: number) {
    this.passesMax = passesMax;
  }

  get isEmpty(): boolean {
    return this.#current === undefined;
  }

  /**
   * How many takes of this level come at most before an item that is offered to the lane now, where items cost 1 and go
   * in order of arrival: a round takes one of each lane, and it goes in the round after those of its own. Exact when its
   * flow has nothing here; less than a round too many when no lane is shorter; more when others are, up to all that
   * wait. Parked items count as if they stood in their lane. O(1).
   */
  ahead(lane: Lane<T, Flow> | undefined): number {
    const own = lane === undefined ? 0 : lane.size;
    const lanes = lane?.isActive === true ? this.lanes : this.lanes + 1;
    return Math.min(this.size, (own + 1) * lanes - 1);
  }

  /** The lane has items now: it comes last in this round. Does nothing when it is in already. O(1). */
  activate(lane: Lane<T, Flow>): void {
    if (lane.isActive) return;
    lane.isActive = true;
    lane.balance = 0;
    lane.gaveLoose = false;
    this.lanes += 1;
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

  /** An item has left the lane: when it was the last, the lane has no turn any more. O(1). */
  left(lane: Lane<T, Flow>): void {
    if (!lane.isActive || !lane.isEmpty) return;
    lane.isActive = false;
    this.lanes -= 1;
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
  serve(lane: Lane<T, Flow>, newestFirst: boolean): T {
    const item = lane.take(newestFirst);
    lane.size -= 1;
    this.size -= 1;
    lane.balance -= item.cost;
    this.#current = lane.next;
    this.left(lane);
    return item;
  }
}

/**
 * The level whose turn it is, counted as passed over in the others that have something; undefined when none has. The
 * first level is the most urgent. O(levels).
 */
export function nextLevel<T extends Costed<T>, Flow>(
  levels: readonly FairLevel<T, Flow>[],
): FairLevel<T, Flow> | undefined {
  let first = -1;
  let chosen: FairLevel<T, Flow> | undefined;
  for (let i = 0; i < levels.length; i += 1) {
    const level = levels[i] as FairLevel<T, Flow>;
    if (level.isEmpty) continue;
    if (first === -1) {
      first = i;
      chosen = level;
    } else if (level.passed >= level.passesMax) chosen = level;
  }
  if (chosen === undefined) return undefined;
  for (let i = first; i < levels.length; i += 1) {
    const level = levels[i] as FairLevel<T, Flow>;
    if (!level.isEmpty) level.passed += 1;
  }
  chosen.passed = 0;
  return chosen;
}
