/**
 * Asynchronous work on each value, so many at a time. It is `mergeMap` with its two gaps closed: it says when it is busy,
 * so that its source can be held back, and what comes all the same waits within a bound.
 */
import { defer, Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { Deque } from '../collections/deque.js';
import { wholeFrom1 } from './keyed.js';

export interface MapAsyncOptions<T, R> {
  /** Starts the work of one value: a promise, an async iterable, an Observable. Its failure is that of the whole. */
  readonly work: (value: T) => ObservableInput<R>;
  /** Values worked on at a time. @default 16 */
  readonly concurrency?: number;
  /** Values that may wait meanwhile; one more is an error. @default 16_384 */
  readonly waitingMax?: number;
  /** Called when the number of values worked on has changed; with 0 at the end. As many as `concurrency`: it is busy. */
  readonly onActive?: (active: number) => void;
}

/** Values were given beyond `waitingMax`. */
export class MapAsyncOverflowError extends Error {
  constructor(waitingMax: number) {
    super(`more than ${waitingMax} values waited for asynchronous work`);
    this.name = 'MapAsyncOverflowError';
  }
}

/**
 * Starts work in the order of the values; results come as they are there. Completes when the source has, and all work is
 * done. Unsubscribing, and an error, end the work under way. A callback that throws is an error. @throws RangeError
 */
export function mapAsync<T, R>(options: MapAsyncOptions<T, R>): OperatorFunction<T, R> {
  const { work, concurrency = 16, waitingMax = 16_384, onActive } = options;
  wholeFrom1('concurrency', concurrency);
  wholeFrom1('waitingMax', waitingMax);
  return (source$) =>
    new Observable<R>((subscriber) => {
      const waiting = new Deque<T>();
      let active = 0;
      let isDone = false;
      let isStarting = false;
      let told = 0;

      const tell = (count: number): void => {
        if (count === told) return;
        told = count;
        onActive?.(count);
      };
      const startWaiting = (): void => {
        // Work that ends at once comes back here: the loop goes on instead of nesting.
        if (isStarting) return;
        isStarting = true;
        while (active < concurrency && waiting.size > 0 && !subscriber.closed) run(waiting.shift() as T);
        isStarting = false;
        if (subscriber.closed) return;
        try {
          tell(active);
        } catch (error) {
          // It is not asked again, by the end.
          told = 0;
          subscriber.error(error);
          return;
        }
        if (isDone && active === 0) subscriber.complete();
      };
      const run = (value: T): void => {
        active += 1;
        const running = defer(() => work(value)).subscribe({
          next: (result) => subscriber.next(result),
          error: (error: unknown) => subscriber.error(error),
          complete() {
            active -= 1;
            startWaiting();
          },
        });
        subscriber.add(running);
      };

      subscriber.add(() => {
        waiting.clear();
        tell(0);
      });
      subscriber.add(
        source$.subscribe({
          next(value) {
            if (active >= concurrency && waiting.size >= waitingMax) {
              subscriber.error(new MapAsyncOverflowError(waitingMax));
              return;
            }
            waiting.push(value);
            startWaiting();
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            isDone = true;
            startWaiting();
          },
        }),
      );
    });
}
