/**
 * Folds the values of equal stretches of time, for each key apart: sums, averages, counts per second. RxJS's
 * `bufferTime` keeps every value until its window ends and ticks when there is nothing; here a window is one state, and
 * the one timer runs only while a window is open.
 */
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { type KeyOptions, keyed, timerMs } from './keyed.js';
import { takeEach } from './take-each.js';

/** What is known of a window when it ends. */
export interface TimeWindowInfo {
  /** By the scheduler, inclusive; a multiple of `ms`. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Values in it, 1 or more. */
  readonly count: number;
  /** False when it left before its time was over: at completion, or to make room for another key. */
  readonly isWhole: boolean;
}

export interface TimeWindowOptions<T, S, R, K = undefined> extends KeyOptions<T, K> {
  /** Length of a window. Windows of all keys begin at multiples of it. */
  readonly ms: number;
  /** State of an empty window. */
  readonly start: () => S;
  /** The state with one more value; the same object may be changed and returned. */
  readonly add: (state: S, value: T) => S;
  /** The result of a window. */
  readonly end: (state: S, key: K, info: TimeWindowInfo) => R;
  /** @default asyncScheduler, whose time is that of the day */
  readonly scheduler?: SchedulerLike;
}

interface OpenWindow<S> {
  state: S;
  count: number;
}

/**
 * A value belongs to the window in which it arrives, however late timers are. Results leave at the end of a window, in
 * the order in which their keys came; a key without values has none. With `keysMax` keys in a window, the one that came
 * first leaves early for a new one (`isWhole: false`), and begins again if it comes again: no value is left out or
 * counted twice. What is gathered leaves before completion; an error drops it, as does unsubscribing. A callback that
 * throws is an error. @throws RangeError
 */
export function timeWindow<T, S, R, K = undefined>(options: TimeWindowOptions<T, S, R, K>): OperatorFunction<T, R> {
  const { ms, start, add, end, scheduler = asyncScheduler } = options;
  const { key: keyOf, keysMax } = keyed(options);
  timerMs('ms', ms);
  return (source$) =>
    new Observable<R>((subscriber) => {
      let open = new Map<K, OpenWindow<S>>();
      let fromMs = Number.NaN;
      let timer: Subscription | undefined;

      const leave = (key: K, { state, count }: OpenWindow<S>, info: { fromMs: number; isWhole: boolean }): void => {
        let result: R;
        try {
          result = end(state, key, { fromMs: info.fromMs, toMs: info.fromMs + ms, count, isWhole: info.isWhole });
        } catch (error) {
          subscriber.error(error);
          return;
        }
        subscriber.next(result);
      };
      const leaveAll = (isWhole: boolean): void => {
        timer?.unsubscribe();
        timer = undefined;
        const left = open;
        const info = { fromMs, isWhole };
        open = new Map();
        for (const [key, window] of left) {
          if (subscriber.closed) return;
          leave(key, window, info);
        }
      };
      const begin = (nowMs: number): void => {
        const alignedMs = Math.floor(nowMs / ms) * ms;
        // A timer may fire a moment before its time: the window that it ended does not begin again.
        fromMs = alignedMs === fromMs ? fromMs + ms : alignedMs;
        timer = scheduler.schedule(() => leaveAll(true), fromMs + ms - nowMs);
      };
      // A clock that was set back ends the window too, or it would last until the old time comes again.
      const isOver = (nowMs: number): boolean => nowMs >= fromMs + ms || nowMs < fromMs - ms;

      const take = (value: T): void => {
        const key = keyOf(value);
        const nowMs = scheduler.now();
        if (open.size > 0 && isOver(nowMs)) leaveAll(true);
        if (subscriber.closed) return;
        if (open.size === 0) begin(nowMs);
        let window = open.get(key);
        let first: [K, OpenWindow<S>] | undefined;
        if (window === undefined) {
          if (open.size >= keysMax) [first] = open;
          window = { state: start(), count: 0 };
          if (first !== undefined) open.delete(first[0]);
          open.set(key, window);
        }
        window.state = add(window.state, value);
        window.count += 1;
        if (first !== undefined) leave(first[0], first[1], { fromMs, isWhole: false });
      };

      subscriber.add(() => {
        timer?.unsubscribe();
        open.clear();
      });
      takeEach(source$, subscriber, {
        take,
        complete() {
          leaveAll(false);
          subscriber.complete();
        },
      });
    });
}
