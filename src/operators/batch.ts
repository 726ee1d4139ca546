/**
 * Gathers values into arrays: when `size` have come, or `waitMs` after the first. RxJS's `bufferTime` ticks whether or
 * not something waits, and starts its time at the tick, not at the value.
 */
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';

export interface BatchOptions<T> {
  /** Values in a batch at most, 1 or more. */
  readonly size: number;
  /** Milliseconds the first value of a batch waits for others; 0 waits for one turn of the scheduler. */
  readonly waitMs: number;
  /** Called as a value joins a batch, before the batch can leave. */
  readonly onJoin?: (value: T, isFirst: boolean) => void;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** Keeps the order. What is gathered leaves before completion; an error drops it, as does unsubscribing. */
export function batch<T>({
  size,
  waitMs,
  onJoin,
  scheduler = asyncScheduler,
}: BatchOptions<T>): OperatorFunction<T, T[]> {
  return (source$) =>
    new Observable<T[]>((subscriber) => {
      let gathered: T[] = [];
      let timer: Subscription | undefined;
      const leave = (): void => {
        timer?.unsubscribe();
        timer = undefined;
        const full = gathered;
        gathered = [];
        subscriber.next(full);
      };
      subscriber.add(() => {
        timer?.unsubscribe();
        gathered = [];
      });
      subscriber.add(
        source$.subscribe({
          next(value) {
            const current = gathered;
            current.push(value);
            const isFirst = current.length === 1;
            if (isFirst && size > 1) timer = scheduler.schedule(leave, waitMs);
            try {
              onJoin?.(value, isFirst);
            } catch (error) {
              subscriber.error(error);
              return;
            }
            if (current === gathered && current.length >= size) leave();
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            if (gathered.length > 0) leave();
            subscriber.complete();
          },
        }),
      );
    });
}
