/**
 * A queue with priority levels, fairness between flows inside a level, and serial keys inside a flow.
 *
 * - Levels: the most urgent level that has something goes first, but one that was passed over as often as its bound
 *   says goes before it. So nothing starves, and the wait of each level has a bound counted in takes.
 * - Flows: inside a level they take turns by deficit round robin; inside a flow items leave in order of arrival, or
 *   those for which no order was asked the newest first: under overload these are in time, where else all were late.
 * - Serials: of the items of one flow and group that name the same serial, one at a time may be out; the others
 *   follow in order of arrival whatever their levels, while items of other serials pass by.
 *
 * Offer, take, remove and release are O(1), take amortised over the cost of the items. What is too much can be shed.
 */
import { type Flow, laneOf, newFlow, type Serial, serialKey, serialOf } from './fair-flow.js';
import { type Costed, FairLevel, nextLevel } from './fair-level.js';
import { ShedOrder } from './fair-shed.js';
import type { LinkedList } from './linked-list.js';

/** What the queue reads of an item, and the fields it keeps its own state in: set them to 0 and undefined. */
export interface FairQueueItem<T> extends Costed<T> {
  /** 0 is the most urgent. */
  level: number;
  readonly flow: string;
  readonly group: number;
  readonly serial: string | undefined;
  /** False when no order was asked for it; with a serial it is ordered. */
  readonly isOrdered: boolean;
  serialState: unknown;
}

export interface FairQueueOptions {
  /**
   * One number per level: how many takes may pass a level over while it has something waiting, before it goes first.
   * The first level's own is not used. With [0, 4, 16, 64] and everything waiting, levels get about 72, 20, 6 and 2 %.
   */
  readonly passesMax: readonly number[];
}

const spareMax = 64;

export class FairQueue<T extends FairQueueItem<T>> {
  /** Items waiting, parked ones included. */
  size = 0;
  /** Whether the newest of a lane's items that are not ordered goes where the oldest would. Switched at any time. */
  newestFirst = false;
  readonly #levels: readonly FairLevel<T, Flow<T>>[];
  readonly #flows = new Map<string, Flow<T>>();
  /** Flows that were forgotten, to be used again: with little waiting they come and go with every item. */
  readonly #spare: Flow<T>[] = [];
  #sequence = 0;

  constructor(options: FairQueueOptions) {
    this.#levels = options.passesMax.map((passesMax) => new FairLevel<T, Flow<T>>(passesMax));
  }

  /** Flows with something waiting, or a serial held. */
  get flows(): number {
    return this.#flows.size;
  }

  /** Items waiting in one level, parked ones included. O(1). */
  sizeOf(level: number): number {
    return this.#level(level).size;
  }

  /** How many takes of the level come at most before an item that is offered now: {@link FairLevel.ahead}. O(1). */
  ahead(flow: string, level: number): number {
    return this.#level(level).ahead(this.#flows.get(flow)?.lanes[level]);
  }

  /** Of a flow's items in a level for which no order was asked, the one that came first. O(1). */
  oldestLoose(flow: string, level: number): T | undefined {
    return this.#flows.get(flow)?.lanes[level]?.loose.head;
  }

  offer(item: T): void {
    this.#sequence += 1;
    item.queueSequence = this.#sequence;
    this.size += 1;
    const flow = this.#flow(item.flow);
    flow.waiting += 1;
    const level = this.#level(item.level);
    level.size += 1;
    const lane = laneOf(flow, item.level);
    lane.size += 1;
    const { serial } = item;
    if (serial !== undefined) {
      const state = serialOf(flow, item.group, serial);
      item.serialState = state;
      if (state.held > 0 || state.inLane !== undefined) {
        state.parked.push(item);
        return;
      }
      state.inLane = item;
    }
    if (serial !== undefined || item.isOrdered) lane.arrived.push(item);
    else lane.pushLoose(item);
    level.activate(lane);
  }

  /** The next item, or undefined when none may leave now. It holds its serial until {@link release}. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const level = nextLevel(this.#levels);
    if (level === undefined) return undefined;
    const lane = level.nextLane();
    const item = level.serve(lane, this.newestFirst);
    const { flow } = lane;
    this.size -= 1;
    flow.waiting -= 1;
    const state = item.serialState as Serial<T> | undefined;
    if (state !== undefined) {
      state.inLane = undefined;
      state.held += 1;
    } else this.#forget(flow);
    return item;
  }

  /** Takes out a waiting item. @returns false when it was not waiting */
  remove(item: T): boolean {
    const home = item.queueHome as LinkedList<T> | undefined;
    if (home === undefined) return false;
    home.remove(item);
    this.size -= 1;
    const flow = this.#flows.get(item.flow) as Flow<T>;
    flow.waiting -= 1;
    const level = this.#level(item.level);
    level.size -= 1;
    const lane = laneOf(flow, item.level);
    lane.size -= 1;
    if (home === lane.loose) lane.looseSize -= 1;
    const state = item.serialState as Serial<T> | undefined;
    item.serialState = undefined;
    if (state?.inLane === item) {
      state.inLane = undefined;
      this.#unpark(state);
    }
    // After the next of its serial is in: a lane that has something keeps its turn.
    level.left(lane);
    this.#forget(flow);
    return true;
  }

  /** The item does not hold its serial any more: the next of it may leave. Does nothing when it holds none. */
  release(item: T): void {
    const state = item.serialState as Serial<T> | undefined;
    if (state === undefined || item.queueHome !== undefined) return;
    item.serialState = undefined;
    state.held -= 1;
    this.#unpark(state);
    this.#forget(state.flow);
  }

  /** An item that was taken and released holds its serial again, beside others that do. */
  seize(item: T): void {
    if (item.serial === undefined || item.serialState !== undefined) return;
    const state = serialOf(this.#flow(item.flow), item.group, item.serial);
    item.serialState = state;
    state.held += 1;
    const { inLane } = state;
    if (inLane === undefined) return;
    // It was the oldest of those waiting, and still is: it goes back to the front of them.
    const { parked } = state;
    (inLane.queueHome as LinkedList<T>).remove(inLane);
    this.#level(inLane.level).left(laneOf(state.flow, inLane.level));
    state.inLane = undefined;
    parked.unshift(inLane);
  }

  /** The newest waiting item of a serial, or undefined. */
  lastWaiting(flow: string, group: number, serial: string): T | undefined {
    const state = this.#flows.get(flow)?.serials?.get(serialKey(group, serial));
    return state === undefined ? undefined : (state.parked.tail ?? state.inLane);
  }

  /**
   * `fresh` takes the place of `old`, a waiting item of the same flow, group and serial. It keeps the more urgent
   * level of the two.
   */
  replace(old: T, fresh: T): void {
    const state = old.serialState as Serial<T>;
    fresh.serialState = state;
    fresh.queueSequence = old.queueSequence;
    old.serialState = undefined;
    const isMoreUrgent = fresh.level < old.level;
    if (isMoreUrgent) {
      this.#count(state.flow, old.level, -1);
      this.#count(state.flow, fresh.level, 1);
    } else fresh.level = old.level;
    if (state.inLane !== old || !isMoreUrgent) {
      (old.queueHome as LinkedList<T>).replace(old, fresh);
      if (state.inLane === old) state.inLane = fresh;
      return;
    }
    (old.queueHome as LinkedList<T>).remove(old);
    this.#level(old.level).left(laneOf(state.flow, old.level));
    this.#enterReleased(state, fresh);
  }

  /**
   * Takes out items until at most `keep` wait in all, and then calls `onShed` with each, which may change the queue:
   * from the least urgent level on, but from none more urgent than `levelMin`, in {@link ShedOrder}; of a serial the
   * newest. O(flows + serials of those taken from + taken × log flows). @returns how many went
   */
  shed(keep: number, levelMin: number, onShed: (item: T) => void): number {
    const shed: T[] = [];
    for (let level = this.#levels.length - 1; level >= levelMin && this.size > keep; level -= 1) {
      const order = new ShedOrder<T, Flow<T>>(this.#flows.values(), level, this.newestFirst);
      while (this.size > keep) {
        const item = order.next();
        if (item === undefined) break;
        this.remove(item);
        shed.push(item);
      }
    }
    for (const item of shed) onShed(item);
    return shed.length;
  }

  #level(index: number): FairLevel<T, Flow<T>> {
    return this.#levels[index] as FairLevel<T, Flow<T>>;
  }

  #flow(name: string): Flow<T> {
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    const flow = this.#spare.pop() ?? newFlow<T>(this.#levels.length);
    flow.name = name;
    this.#flows.set(name, flow);
    return flow;
  }

  #count(flow: Flow<T>, level: number, change: number): void {
    this.#level(level).size += change;
    laneOf(flow, level).size += change;
  }

  /** Lets the oldest parked item of a serial into its lane, or forgets the serial when nothing is left of it. */
  #unpark(state: Serial<T>): void {
    if (state.held > 0 || state.inLane !== undefined) return;
    const next = state.parked.head;
    if (next !== undefined) {
      state.parked.remove(next);
      this.#enterReleased(state, next);
    } else state.flow.serials?.delete(state.key);
  }

  #enterReleased(state: Serial<T>, item: T): void {
    const lane = laneOf(state.flow, item.level);
    state.inLane = item;
    lane.pushReleased(item);
    this.#level(item.level).activate(lane);
  }

  #forget(flow: Flow<T>): void {
    if (flow.waiting > 0 || (flow.serials?.size ?? 0) > 0) return;
    this.#flows.delete(flow.name);
    if (this.#spare.length < spareMax) this.#spare.push(flow);
  }
}
