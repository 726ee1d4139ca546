/** Takes out values whose time is over, at the last moment before somebody works on them. */
import { filter, type MonoTypeOperatorFunction } from 'rxjs';

export interface ExpireOptions<T> {
  readonly isExpired: (value: T) => boolean;
  /** Called with each value taken out. */
  readonly onExpired: (value: T) => void;
}

/** Passes on what is still in time, in order; what is not goes to `onExpired`. A callback that throws is an error. */
export function expire<T>({ isExpired, onExpired }: ExpireOptions<T>): MonoTypeOperatorFunction<T> {
  return filter((value) => {
    if (!isExpired(value)) return true;
    onExpired(value);
    return false;
  });
}
