/**
 * From push to pull: reads an Observable as an async iterator, ahead of its reader by a bounded number of values. An
 * Observable cannot be held back, so one that runs further ahead is stopped and the iterator fails.
 */
import type { Observable, Subscription } from 'rxjs';

export interface BridgeOptions {
  /** Values that may wait for the reader. */
  readonly itemsMax: number;
}

/** The Observable produced faster than it was read, beyond the bound. */
export class BridgeOverflowError extends Error {
  constructor(itemsMax: number) {
    super(`more than ${itemsMax} items waited for the reader`);
    this.name = 'BridgeOverflowError';
  }
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** Subscribes at once. Values before an error or the overflow are still read; `return()` unsubscribes. */
export function bridge<T>(source$: Observable<T>, { itemsMax }: BridgeOptions): AsyncIterator<T, undefined> {
  const waiting = new Map<number, T>();
  const waiters: Waiter<T>[] = [];
  let written = 0;
  let read = 0;
  let end: { readonly error?: unknown } | undefined;
  let subscription: Subscription | undefined;

  const finish = (ended: { readonly error?: unknown }): void => {
    if (end !== undefined) return;
    end = ended;
    subscription?.unsubscribe();
    for (const waiter of waiters.splice(0)) settle(waiter, ended);
  };
  subscription = source$.subscribe({
    next(value) {
      if (end !== undefined) return;
      const waiter = waiters.shift();
      if (waiter !== undefined) {
        waiter.resolve({ done: false, value });
        return;
      }
      if (waiting.size >= itemsMax) {
        finish({ error: new BridgeOverflowError(itemsMax) });
        return;
      }
      waiting.set(written, value);
      written += 1;
    },
    error: (error: unknown) => finish({ error }),
    complete: () => finish({}),
  });
  // A source that ended while it was being subscribed to could not be unsubscribed yet.
  if (end !== undefined) subscription.unsubscribe();

  return {
    next() {
      const value = waiting.get(read) as T;
      if (waiting.delete(read)) {
        read += 1;
        return Promise.resolve({ done: false, value });
      }
      return new Promise((resolve, reject) => {
        const waiter = { resolve, reject };
        if (end === undefined) waiters.push(waiter);
        else settle(waiter, end);
      });
    },
    return() {
      waiting.clear();
      finish({});
      end = {};
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

function settle<T>(waiter: Waiter<T>, end: { readonly error?: unknown }): void {
  if ('error' in end) waiter.reject(end.error);
  else waiter.resolve({ done: true, value: undefined });
}
