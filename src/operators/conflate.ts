/**
 * Asynchronous work on the newest value of each key, one at a time for a key: while it runs, or while all slots are
 * taken, a newer value replaces the one of its key that waits. For consumers that are slower than what they follow and
 * need not see every step: `switchMap` would break off the work under way, `exhaustMap` would lose the newest value.
 */
import { defer, Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { type KeyOptions, keyed, wholeFrom1 } from './keyed.js';
import { takeEach } from './take-each.js';

export interface ConflateOptions<T, R, K = undefined> extends KeyOptions<T, K> {
  /** Starts the work of one value: a promise, an async iterable, an Observable. Its failure is that of the whole. */
  readonly work: (value: T) => ObservableInput<R>;
  /** Keys worked on at a time. @default 16 */
  readonly concurrency?: number;
  /** Called with each value that will not be worked on: replaced by a newer one, or gone at `keysMax`. */
  readonly onLeftOut?: (value: T) => void;
}

/**
 * Keys wait in the order in which their first waiting value came; a key just worked on goes behind the others. With
 * `keysMax` keys waiting, what has waited longest is left out for a new one. Completes when the source has, and all that
 * waited is done. Unsubscribing, and an error, end the work under way. A callback that throws is an error.
 * @throws RangeError
 */
export function conflate<T, R, K = undefined>(options: ConflateOptions<T, R, K>): OperatorFunction<T, R> {
  const { work, concurrency = 16, onLeftOut } = options;
  const { key: keyOf, keysMax } = keyed(options);
  wholeFrom1('concurrency', concurrency);
  return (source$) =>
    new Observable<R>((subscriber) => {
      /** Keys that only wait for a slot. */
      const waiting = new Map<K, T>();
      /** Keys under way, of which a newer value waits. */
      const behind = new Map<K, T>();
      const active = new Set<K>();
      let isDone = false;
      let isStarting = false;

      const startWaiting = (): void => {
        // Work that ends at once comes back here: the loop goes on instead of nesting.
        if (isStarting) return;
        isStarting = true;
        while (active.size < concurrency && !subscriber.closed) {
          const [first] = waiting;
          if (first === undefined) break;
          waiting.delete(first[0]);
          run(...first);
        }
        isStarting = false;
        if (isDone && active.size === 0 && waiting.size === 0) subscriber.complete();
      };
      const run = (key: K, value: T): void => {
        active.add(key);
        const running = defer(() => work(value)).subscribe({
          next: (result) => subscriber.next(result),
          error: (error: unknown) => subscriber.error(error),
          complete() {
            active.delete(key);
            if (behind.has(key)) waiting.set(key, behind.get(key) as T);
            behind.delete(key);
            startWaiting();
          },
        });
        // Closed already if it ended at once; else it takes itself out when it ends.
        subscriber.add(running);
      };
      const take = (value: T): void => {
        const key = keyOf(value);
        const place = active.has(key) ? behind : waiting;
        // While others are being started it may have to wait for them, though there be slots.
        const mustWait = place === behind || active.size >= concurrency || isStarting;
        let leftOut: [T] | undefined;
        if (place.has(key)) leftOut = [place.get(key) as T];
        else if (mustWait && waiting.size + behind.size >= keysMax) {
          const full = waiting.size > 0 ? waiting : behind;
          const [longest] = full;
          if (longest !== undefined) {
            full.delete(longest[0]);
            leftOut = [longest[1]];
          }
        }
        place.set(key, value);
        if (leftOut !== undefined) onLeftOut?.(leftOut[0]);
        startWaiting();
      };

      subscriber.add(() => {
        waiting.clear();
        behind.clear();
      });
      takeEach(source$, subscriber, {
        take,
        complete() {
          isDone = true;
          startWaiting();
        },
      });
    });
}
