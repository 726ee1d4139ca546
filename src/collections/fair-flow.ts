/** What a fair queue knows of one flow: its lanes, one in each level, and its serials. */
import { type Costed, Lane } from './fair-level.js';
import { LinkedList } from './linked-list.js';

/** The items of one flow. */
export interface Flow<T extends Costed<T>> {
  name: string;
  readonly lanes: (Lane<T, Flow<T>> | undefined)[];
  /** By group and serial; undefined until there is one. */
  serials: Map<string, Serial<T>> | undefined;
  waiting: number;
}

/** The items of one serial. */
export interface Serial<T extends Costed<T>> {
  readonly flow: Flow<T>;
  readonly key: string;
  /** Items out: taken and not released. */
  held: number;
  /** The item that stands in its lane. All others of the serial are parked. */
  inLane: T | undefined;
  readonly parked: LinkedList<T>;
}

/** A flow that has nothing yet, in a queue of so many levels. */
export function newFlow<T extends Costed<T>>(levels: number): Flow<T> {
  return { name: '', lanes: new Array(levels).fill(undefined), serials: undefined, waiting: 0 };
}

/** The lane of a flow in a level, made at first use. */
export function laneOf<T extends Costed<T>>(flow: Flow<T>, level: number): Lane<T, Flow<T>> {
  const known = flow.lanes[level];
  if (known !== undefined) return known;
  const lane = new Lane<T, Flow<T>>(flow);
  flow.lanes[level] = lane;
  return lane;
}

/** Serials of different groups are different ones. */
export function serialKey(group: number, serial: string): string {
  return `${group}:${serial}`;
}

/** A serial of a flow, made at first use. */
export function serialOf<T extends Costed<T>>(flow: Flow<T>, group: number, serial: string): Serial<T> {
  const key = serialKey(group, serial);
  flow.serials ??= new Map();
  const known = flow.serials.get(key);
  if (known !== undefined) return known;
  const state: Serial<T> = { flow, key, held: 0, inLane: undefined, parked: new LinkedList<T>() };
  flow.serials.set(key, state);
  return state;
}
