/**
 * What is read with `for await` or as an Observable. It is cold: each reading opens it anew. What has come and is not
 * read yet waits in the reading, which is why whoever opens it has to bound what comes by what was taken.
 */
import { Observable } from 'rxjs';
import { Deque } from '../collections/deque.js';
import type { SluiceError } from './sluice-error.js';

/** Where a reading gets its values from. Nothing more is said after `end` or `failed`. */
export interface Sink<T> {
  next(value: T): void;
  end(): void;
  /** @param isAtOnce what is not read yet is not wanted any more */
  failed(error: SluiceError, isAtOnce?: boolean): void;
}

/** What a reading has opened. */
export interface Opened<T> {
  /** The reader has this value. */
  took(value: T): void;
  /** The reader wants no more. Does nothing after the end. */
  close(): void;
}

/** Opens a reading. Before this has returned the sink can be failed, but is given nothing. */
export type Open<T> = (sink: Sink<T>) => Opened<T>;

/**
 * A source that is opened for each reading. It is an Observable by inheritance, as the subjects of RxJS are: so `pipe`
 * is there, and operators know it for one.
 */
export class OpenedSource<T> extends Observable<T> implements AsyncIterable<T> {
  readonly #open: Open<T>;

  constructor(open: Open<T>) {
    super((subscriber) => {
      const opened = open({
        next(value) {
          subscriber.next(value);
          opened.took(value);
        },
        end: () => subscriber.complete(),
        failed: (error) => subscriber.error(error),
      });
      return () => opened.close();
    });
    this.#open = open;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return new Reading(this.#open);
  }
}

type Waiter<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

/** One `for await`. */
class Reading<T> implements AsyncIterableIterator<T, undefined> {
  readonly #opened: Opened<T>;
  readonly #values = new Deque<T>();
  /** Calls of `next` that wait; a `for await` has one at a time. */
  readonly #waiters = new Deque<Waiter<T>>();
  #isOver = false;
  #error: SluiceError | undefined = undefined;

  constructor(open: Open<T>) {
    this.#opened = open({
      next: (value) => this.#next(value),
      end: () => this.#over(undefined),
      failed: (error, isAtOnce) => {
        if (isAtOnce === true) this.#values.clear();
        this.#over(error);
      },
    });
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#values.size > 0) {
      const value = this.#values.shift() as T;
      this.#opened.took(value);
      return { done: false, value };
    }
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      throw error;
    }
    if (this.#isOver) return { done: true, value: undefined };
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** A `break`, or a throw in the loop: the rest is not wanted. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#values.clear();
    this.#error = undefined;
    if (!this.#isOver) {
      this.#over(undefined);
      this.#opened.close();
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #next(value: T): void {
    if (this.#isOver) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) {
      this.#values.push(value);
      return;
    }
    waiter.resolve({ done: false, value });
    this.#opened.took(value);
  }

  #over(error: SluiceError | undefined): void {
    this.#isOver = true;
    this.#error = error;
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (this.#error === undefined) waiter.resolve({ done: true, value: undefined });
      else {
        // It is told once.
        waiter.reject(this.#error);
        this.#error = undefined;
      }
    }
  }
}
