/** A stream as most want it: the items and nothing else. What belongs to each, and what was left out, is in `items`. */
import { Observable } from 'rxjs';
import type { Feed, ItemStream, StreamGap, StreamItem } from './api.js';

/** The items of a stream. An Observable by inheritance, for the reason given at `OpenedSource`. */
export class DataStream<T> extends Observable<T> implements ItemStream<T> {
  readonly items: Feed<StreamItem<T> | StreamGap>;

  constructor(items: Feed<StreamItem<T> | StreamGap>) {
    super((subscriber) =>
      items.subscribe({
        next: (item) => {
          if (item.kind === 'item') subscriber.next(item.data);
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
    this.items = items;
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return new DataReading(this.items[Symbol.asyncIterator]());
  }
}

/** Not a generator: its `return` would wait for a `next` that waits for the handler. */
class DataReading<T> implements AsyncIterableIterator<T, undefined> {
  readonly #items: AsyncIterator<StreamItem<T> | StreamGap>;

  constructor(items: AsyncIterator<StreamItem<T> | StreamGap>) {
    this.#items = items;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const { done, value } = await this.#items.next();
      if (done === true) return { done, value: undefined };
      if (value.kind === 'item') return { done: false, value: value.data };
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#items.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
