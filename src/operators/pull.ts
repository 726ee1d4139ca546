/**
 * The start of a pipeline: turns a source that is asked (a queue with free slots) into an Observable. RxJS has no
 * signal of demand, so demand stays where it is known, in the source: it gives a value only when there is room for
 * it, and wakes the pull when that may have changed.
 */
import { Observable } from 'rxjs';

/** Something to pull from. */
export interface PullSource<T> {
  /** The next value, or undefined when none may be had now. */
  take(): T | undefined;
  /** Sets what to call when `take` may give something again. @returns what undoes it */
  onReady(wake: () => void): () => void;
}

/**
 * Takes everything there is at subscription and at every wake. It never completes; a `take` that throws is its
 * error. A wake from inside `next` is not lost and does not nest: the take goes on when `next` returns.
 */
export function pull<T>(source: PullSource<T>): Observable<T> {
  return new Observable<T>((subscriber) => {
    let isTaking = false;
    let isWoken = false;
    const takeAll = (): void => {
      isWoken = true;
      if (isTaking) return;
      isTaking = true;
      try {
        while (isWoken && !subscriber.closed) {
          isWoken = false;
          for (let value = source.take(); value !== undefined; value = source.take()) {
            subscriber.next(value);
            if (subscriber.closed) return;
          }
        }
      } catch (error) {
        subscriber.error(error);
      } finally {
        isTaking = false;
      }
    };
    subscriber.add(source.onReady(takeAll));
    takeAll();
  });
}
