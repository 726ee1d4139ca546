/**
 * A queue with priority levels, fairness between flows inside a level, and serial keys inside a flow.
 *
 * - Levels: the most urgent level that has something goes first, but one that was passed over as often as its bound
 *   says goes before it. So nothing starves, and the wait of each level has a bound counted in takes.
 * - Flows: inside a level they take turns by deficit round robin; inside a flow items leave in order of arrival.
 * - Serials: of the items of one flow and group that name the same serial, one at a time may be out; the others
 *   follow in order of arrival whatever their levels, while items of other serials pass by.
 *
 * Offer, take, remove and release are O(1), take amortised over the cost of the items.
 */
import { type Costed, FairLevel, Lane } from './fair-level.js';
import { LinkedList } from './linked-list.js';

/** What the queue reads of an item, and the fields it keeps its own state in: set them to 0 and undefined. */
export interface FairQueueItem<T> extends Costed<T> {
  /** 0 is the most urgent. */
  level: number;
  readonly flow: string;
  readonly group: number;
  readonly serial: string | undefined;
  serialState: unknown;
}

export interface FairQueueOptions {
  /**
   * One number per level: how many takes may pass a level over while it has something waiting, before it goes first.
   * The first level's own is not used. With [0, 4, 16, 64] and everything waiting, levels get about 72, 20, 6 and 2 %.
   */
  readonly passesMax: readonly number[];
}

/** The items of one flow. */
interface Flow<T extends FairQueueItem<T>> {
  readonly name: string;
  readonly lanes: (Lane<T, Flow<T>> | undefined)[];
  /** By group and serial; undefined until there is one. */
  serials: Map<string, Serial<T>> | undefined;
  waiting: number;
}

/** The items of one serial. */
interface Serial<T extends FairQueueItem<T>> {
  readonly flow: Flow<T>;
  readonly key: string;
  /** Items out: taken and not released. */
  held: number;
  /** The item that stands in its lane. All others of the serial are parked. */
  inLane: T | undefined;
  readonly parked: LinkedList<T>;
}

export class FairQueue<T extends FairQueueItem<T>> {
  /** Items waiting, parked ones included. */
  size = 0;
  readonly #passesMax: readonly number[];
  readonly #levels: readonly FairLevel<T, Flow<T>>[];
  readonly #flows = new Map<string, Flow<T>>();
  #sequence = 0;

  constructor(options: FairQueueOptions) {
    this.#passesMax = options.passesMax;
    this.#levels = options.passesMax.map(() => new FairLevel<T, Flow<T>>());
  }

  /** Flows with something waiting, or a serial held. */
  get flows(): number {
    return this.#flows.size;
  }

  offer(item: T): void {
    this.#sequence += 1;
    item.queueSequence = this.#sequence;
    this.size += 1;
    const flow = this.#flow(item.flow);
    flow.waiting += 1;
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
    const lane = laneOf(flow, item.level);
    lane.arrived.push(item);
    this.#level(item.level).activate(lane);
  }

  /** The next item, or undefined when none may leave now. It holds its serial until {@link release}. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const level = this.#nextLevel();
    if (level === -1) return undefined;
    const lane = this.#level(level).nextLane();
    const item = this.#level(level).serve(lane);
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
    const state = item.serialState as Serial<T> | undefined;
    item.serialState = undefined;
    if (state === undefined || state.inLane === item) this.#leftLane(flow, item.level);
    if (state?.inLane === item) {
      state.inLane = undefined;
      this.#unpark(state);
    }
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
    this.#leftLane(state.flow, inLane.level);
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
    if (state.inLane !== old || fresh.level >= old.level) {
      fresh.level = Math.min(old.level, fresh.level);
      (old.queueHome as LinkedList<T>).replace(old, fresh);
      if (state.inLane === old) state.inLane = fresh;
      return;
    }
    (old.queueHome as LinkedList<T>).remove(old);
    this.#leftLane(state.flow, old.level);
    this.#enterReleased(state, fresh);
  }

  #nextLevel(): number {
    const levels = this.#levels;
    let first = -1;
    let chosen = -1;
    for (let i = 0; i < levels.length; i += 1) {
      const level = this.#level(i);
      if (level.isEmpty) continue;
      if (first === -1) {
        first = i;
        chosen = i;
      } else if (level.passed >= (this.#passesMax[i] as number)) chosen = i;
    }
    if (first === -1) return -1;
    for (let i = first; i < levels.length; i += 1) {
      const level = this.#level(i);
      if (!level.isEmpty) level.passed += 1;
    }
    this.#level(chosen).passed = 0;
    return chosen;
  }

  #level(index: number): FairLevel<T, Flow<T>> {
    return this.#levels[index] as FairLevel<T, Flow<T>>;
  }

  #flow(name: string): Flow<T> {
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    const flow: Flow<T> = { name, lanes: this.#levels.map(() => undefined), serials: undefined, waiting: 0 };
    this.#flows.set(name, flow);
    return flow;
  }

  #leftLane(flow: Flow<T>, level: number): void {
    const lane = laneOf(flow, level);
    if (lane.isEmpty) this.#level(level).deactivate(lane);
  }

  /** Lets the oldest parked item of a serial into its lane, or forgets the serial when nothing is left of it. */
  #unpark(state: Serial<T>): void {
    if (state.held > 0 || state.inLane !== undefined) return;
    const next = state.parked.head;
    if (next === undefined) {
      state.flow.serials?.delete(state.key);
      return;
    }
    state.parked.remove(next);
    this.#enterReleased(state, next);
  }

  #enterReleased(state: Serial<T>, item: T): void {
    const lane = laneOf(state.flow, item.level);
    state.inLane = item;
    lane.released.push(item);
    this.#level(item.level).activate(lane);
  }

  #forget(flow: Flow<T>): void {
    if (flow.waiting === 0 && (flow.serials?.size ?? 0) === 0) this.#flows.delete(flow.name);
  }
}

function laneOf<T extends FairQueueItem<T>>(flow: Flow<T>, level: number): Lane<T, Flow<T>> {
  const known = flow.lanes[level];
  if (known !== undefined) return known;
  const lane = new Lane<T, Flow<T>>(flow);
  flow.lanes[level] = lane;
  return lane;
}

function serialKey(group: number, serial: string): string {
  return `${group}:${serial}`;
}

function serialOf<T extends FairQueueItem<T>>(flow: Flow<T>, group: number, serial: string): Serial<T> {
  const key = serialKey(group, serial);
  flow.serials ??= new Map();
  const known = flow.serials.get(key);
  if (known !== undefined) return known;
  const state: Serial<T> = { flow, key, held: 0, inLane: undefined, parked: new LinkedList<T>() };
  flow.serials.set(key, state);
  return state;
}
