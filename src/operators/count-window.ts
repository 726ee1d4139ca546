/**
 * Folds every so many values of a key: the average of the last 100 every 10, say. RxJS's `bufferCount` keeps the values
 * themselves, and knows no keys.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import { type KeyOptions, keyed, wholeFrom1 } from './keyed.js';
import { takeEach } from './take-each.js';

/** What is known of a window when it ends. */
export interface CountWindowInfo {
  /** Values in it, 1 or more. */
  readonly count: number;
  /** False when it left before it was full: at completion, or to make room for another key. */
  readonly isWhole: boolean;
}

export interface CountWindowOptions<T, S, R, K = undefined> extends KeyOptions<T, K> {
  /** Values in a window. */
  readonly size: number;
  /**
   * A window begins at every so manieth value of a key. Less than `size`: windows overlap, at most 1024 of them, and a
   * value costs `size / every` calls of `add`; more: values between windows are left out. @default size
   */
  readonly every?: number;
  /** State of an empty window. */
  readonly start: () => S;
  /** The state with one more value; the same object may be changed and returned. */
  readonly add: (state: S, value: T) => S;
  /** The result of a window. */
  readonly end: (state: S, key: K, info: CountWindowInfo) => R;
}

interface OpenWindow<S> {
  state: S;
  count: number;
}

interface KeyState<S> {
  /** Values until the next window begins. */
  untilNext: number;
  /** The oldest first: the only one that can be full. */
  windows: OpenWindow<S>[];
}

const overlapMax = 1024;

/**
 * Keeps the order. With `keysMax` keys, the one not heard of for longest leaves early for a new one: its windows end as
 * they are (`isWhole: false`), and it begins again if it comes again. A key without an open window, and at whose next
 * value one begins, is not kept. What is gathered leaves before completion; an error drops it, as does unsubscribing. A
 * callback that throws is an error. @throws RangeError
 */
export function countWindow<T, S, R, K = undefined>(options: CountWindowOptions<T, S, R, K>): OperatorFunction<T, R> {
  const { size, every = size, start, add, end } = options;
  const { key: keyOf, keysMax } = keyed(options);
  wholeFrom1('size', size);
  wholeFrom1('every', every);
  if (size / every > overlapMax) {
    throw new RangeError(`expected at most ${overlapMax} windows to overlap, got ${Math.ceil(size / every)}`);
  }
  return (source$) =>
    new Observable<R>((subscriber) => {
      let keys = new Map<K, KeyState<S>>();

      const leave = (key: K, { state, count }: OpenWindow<S>): void => {
        const isWhole = count === size;
        let result: R;
        try {
          result = end(state, key, { count, isWhole });
        } catch (error) {
          subscriber.error(error);
          return;
        }
        subscriber.next(result);
      };
      const leaveEarly = (key: K, { windows }: KeyState<S>): void => {
        for (const window of windows) {
          if (subscriber.closed) return;
          leave(key, window);
        }
      };
      const take = (value: T): void => {
        const key = keyOf(value);
        let longestAgo: [K, KeyState<S>] | undefined;
        let state = keys.get(key);
        if (state !== undefined) {
          // To the end: the Map is in the order in which keys were last heard of.
          keys.delete(key);
        } else {
          if (keys.size >= keysMax) [longestAgo] = keys;
          if (longestAgo !== undefined) keys.delete(longestAgo[0]);
          state = { untilNext: 0, windows: [] };
        }
        if (state.untilNext === 0) {
          state.windows.push({ state: start(), count: 0 });
          state.untilNext = every;
        }
        state.untilNext -= 1;
        for (const window of state.windows) {
          window.state = add(window.state, value);
          window.count += 1;
        }
        const full = state.windows[0]?.count === size ? state.windows.shift() : undefined;
        if (state.windows.length > 0 || state.untilNext > 0) keys.set(key, state);
        if (longestAgo !== undefined) leaveEarly(...longestAgo);
        if (full !== undefined && !subscriber.closed) leave(key, full);
      };

      subscriber.add(() => keys.clear());
      takeEach(source$, subscriber, {
        take,
        complete() {
          const left = keys;
          keys = new Map();
          for (const [key, state] of left) leaveEarly(key, state);
          subscriber.complete();
        },
      });
    });
}
