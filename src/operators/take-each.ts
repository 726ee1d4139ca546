/** How an operator with code of its own takes its source in: what that code throws is the error of its result. */
import type { Observable, Subscriber } from 'rxjs';

/** What becomes of values, and of the end; errors go on as they are. */
export interface Takers<T> {
  readonly take: (value: T) => void;
  readonly complete: () => void;
}

/** Subscribes to the source for as long as the result is subscribed to. */
export function takeEach<T>(
  source$: Observable<T>,
  subscriber: Subscriber<unknown>,
  { take, complete }: Takers<T>,
): void {
  subscriber.add(
    source$.subscribe({
      next(value) {
        try {
          take(value);
        } catch (error) {
          subscriber.error(error);
        }
      },
      error: (error: unknown) => subscriber.error(error),
      complete,
    }),
  );
}
