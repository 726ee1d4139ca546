/**
 * At most one value of each key in a stretch of time: the first at once, then the newest at the end of each stretch. It
 * is `groupBy` with `throttleTime` (leading and trailing), without an inner Observable and a timer per key: all stretches
 * are equally long, so the key whose stretch ends next is the first of a Map, and one timer waits for it.
 */
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { type KeyOptions, keyed, timerMs } from './keyed.js';

export interface ThrottleLatestOptions<T, K = undefined> extends KeyOptions<T, K> {
  /** Milliseconds between two values of a key, at least. */
  readonly ms: number;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

interface Stretch<T> {
  readonly endMs: number;
  hasNewest: boolean;
  newest: T | undefined;
}

/**
 * A value replaced by a newer one is left out. A key whose stretch ends without a value is forgotten. With `keysMax`
 * keys, the stretch that would end next ends early for a new key, and its newest value leaves at once: none is lost, but
 * values of a key may then come closer than `ms`. What waits leaves before completion, in the order in which it was due;
 * an error drops it, as does unsubscribing. A `key` that throws is an error. @throws RangeError
 */
export function throttleLatest<T, K = undefined>(options: ThrottleLatestOptions<T, K>): OperatorFunction<T, T> {
  const { ms, scheduler = asyncScheduler } = options;
  const { key: keyOf, keysMax } = keyed(options);
  timerMs('ms', ms);
  return (source$) =>
    new Observable<T>((subscriber) => {
      const stretches = new Map<K, Stretch<T>>();
      let timer: Subscription | undefined;
      let awaited: Stretch<T> | undefined;
      let isEnding = false;

      const begin = (key: K, nowMs: number): void => {
        stretches.set(key, { endMs: nowMs + ms, hasNewest: false, newest: undefined });
      };
      const leave = (stretch: Stretch<T>): void => {
        if (stretch.hasNewest) subscriber.next(stretch.newest as T);
      };
      const wait = (nowMs: number): void => {
        if (timer !== undefined || isEnding || subscriber.closed) return;
        const [first] = stretches.values();
        if (first === undefined) return;
        awaited = first;
        timer = scheduler.schedule(endThoseDue, Math.min(ms, Math.max(0, first.endMs - nowMs)));
      };
      const endThoseDue = (): void => {
        timer = undefined;
        isEnding = true;
        const nowMs = scheduler.now();
        for (const [key, stretch] of stretches) {
          // A timer may fire a moment too early, and a clock may be set back: neither may hold a key for longer.
          const isDue = stretch === awaited || stretch.endMs <= nowMs || stretch.endMs - ms > nowMs;
          if (!isDue) break;
          stretches.delete(key);
          if (stretch.hasNewest) begin(key, nowMs);
          leave(stretch);
          if (subscriber.closed) break;
        }
        isEnding = false;
        awaited = undefined;
        wait(nowMs);
      };

      subscriber.add(() => {
        timer?.unsubscribe();
        stretches.clear();
      });
      subscriber.add(
        source$.subscribe({
          next(value) {
            let key: K;
            try {
              key = keyOf(value);
            } catch (error) {
              subscriber.error(error);
              return;
            }
            const running = stretches.get(key);
            if (running !== undefined) {
              running.hasNewest = true;
              running.newest = value;
              return;
            }
            let early: [K, Stretch<T>] | undefined;
            if (stretches.size >= keysMax) [early] = stretches;
            if (early !== undefined) stretches.delete(early[0]);
            const nowMs = scheduler.now();
            begin(key, nowMs);
            wait(nowMs);
            if (early !== undefined) leave(early[1]);
            subscriber.next(value);
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            const left = [...stretches.values()];
            stretches.clear();
            for (const stretch of left) leave(stretch);
            subscriber.complete();
          },
        }),
      );
    });
}
