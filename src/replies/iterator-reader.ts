/**
 * Reads an async iterator of user code, an item at a time. Whatever the iterator does (throws, rejects, gives no result,
 * has fields that throw), one method of the sink is called for each item asked for, and none after `close`.
 */

/** Where items go. */
export interface ItemSink {
  item(value: unknown): void;
  /** The iterator has ended, with the value it returned. */
  completed(value: unknown): void;
  broke(error: unknown): void;
}

export class IteratorReader {
  /** An item was asked for and has not come. */
  isAsking = false;
  readonly #source: AsyncIterator<unknown>;
  readonly #sink: ItemSink;
  #isClosed = false;
  readonly #onResult = (result: IteratorResult<unknown>): void => {
    if (this.#isClosed) return;
    let isDone: boolean;
    let value: unknown;
    try {
      isDone = result.done === true;
      value = result.value;
    } catch (error) {
      this.#onError(error);
      return;
    }
    this.isAsking = false;
    if (isDone) this.#sink.completed(value);
    else this.#sink.item(value);
  };
  readonly #onError = (error: unknown): void => {
    if (this.#isClosed) return;
    this.isAsking = false;
    this.#sink.broke(error);
  };

  constructor(source: AsyncIterator<unknown>, sink: ItemSink) {
    this.#source = source;
    this.#sink = sink;
  }

  /** Asks for one item. Call it again when that has come, and not after the end. */
  ask(): void {
    this.isAsking = true;
    try {
      Promise.resolve(this.#source.next()).then(this.#onResult, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Nobody wants more. */
  close(): void {
    this.#isClosed = true;
    closeIterator(this.#source);
  }
}

/** Tells an iterator that nobody wants more; whatever it does then is its own affair. */
export function closeIterator(source: AsyncIterator<unknown>): void {
  try {
    source.return?.()?.then(undefined, ignore);
  } catch {
    // A `return` that throws has nobody to tell.
  }
}

function ignore(): void {
  // See closeIterator.
}
