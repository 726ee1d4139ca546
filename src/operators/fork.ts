/**
 * Sends values down one of several lanes, each with an operator of its own, and joins what comes out. A `groupBy`
 * with `mergeMap` would do the same with an inner Observable and its queue per lane; here a value costs a look into a
 * Map.
 */
import { Observable, type OperatorFunction, Subscriber } from 'rxjs';

export interface ForkOptions<T, K, R> {
  readonly laneOf: (value: T) => K;
  /** Called once per lane, when its first value comes. */
  readonly through: (lane: K) => OperatorFunction<T, R>;
  /** Lanes are never closed: more of them than this is an error. */
  readonly lanesMax: number;
}

/** Keeps order inside a lane. Completes when its source and all lanes have; the first error of a lane is its error. */
export function fork<T, K, R>({ laneOf, through, lanesMax }: ForkOptions<T, K, R>): OperatorFunction<T, R> {
  return (source$) =>
    new Observable<R>((subscriber) => {
      const lanes = new Map<K, Subscriber<T>>();
      let isDone = false;
      let open = 0;
      const completeWhenDone = (): void => {
        if (isDone && open === 0) subscriber.complete();
      };
      const openLane = (key: K): Subscriber<T> => {
        if (lanes.size === lanesMax) throw new RangeError(`expected at most ${lanesMax} lanes`);
        let inlet: Subscriber<T> | undefined;
        const lane$ = new Observable<T>((lane) => {
          inlet = lane;
        });
        open += 1;
        subscriber.add(
          through(key)(lane$).subscribe({
            next: (value) => subscriber.next(value),
            error: (error: unknown) => subscriber.error(error),
            complete() {
              open -= 1;
              completeWhenDone();
            },
          }),
        );
        // An operator that never subscribes to its source has nothing to be given.
        const lane = inlet ?? new Subscriber<T>();
        lanes.set(key, lane);
        return lane;
      };
      subscriber.add(
        source$.subscribe({
          next(value) {
            let lane: Subscriber<T>;
            try {
              const key = laneOf(value);
              lane = lanes.get(key) ?? openLane(key);
            } catch (error) {
              subscriber.error(error);
              return;
            }
            lane.next(value);
          },
          error: (error: unknown) => subscriber.error(error),
          complete() {
            isDone = true;
            for (const lane of lanes.values()) lane.complete();
            completeWhenDone();
          },
        }),
      );
    });
}
