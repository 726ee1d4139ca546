/**
 * Hands each value to asynchronous work and passes on its results. There is no limit and no buffer here: whoever
 * gives the values (see `pull`) gives one only when there is a slot for it. `mergeMap` would allocate an inner
 * Observable, a subscriber and a promise chain per value.
 */
import { Observable, type OperatorFunction } from 'rxjs';

/** Where the work of one value puts what it has. */
export interface InvokeSink<R> {
  /** Any number of times, at any time until `finished`. */
  result(value: R): void;
  /** Exactly once per started value. */
  finished(): void;
}

export interface InvokeOptions<T, R> {
  /** Starts the work and returns. A throw is the error of the whole; failures of single values are results. */
  readonly start: (value: T, sink: InvokeSink<R>) => void;
}

/** Completes when its source has and all work is finished. Unsubscribing drops results that come later. */
export function invoke<T, R>({ start }: InvokeOptions<T, R>): OperatorFunction<T, R> {
  return (source$) =>
    new Observable<R>((subscriber) => {
      let active = 0;
      let isDone = false;
      const sink: InvokeSink<R> = {
        result: (value) => subscriber.next(value),
        finished() {
          active -= 1;
          if (isDone && active === 0) subscriber.complete();
        },
      };
      subscriber.add(
        source$.subscribe({
          next(value) {
            active += 1;
            try {
              start(value, sink);
            } catch (error) {
              subscriber.error(error);
            }
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            isDone = true;
            if (active === 0) subscriber.complete();
          },
        }),
      );
    });
}
