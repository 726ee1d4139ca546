/**
 * One result stream that waits for its client (`overflow: "wait"`): the iterator is asked for the next item only when
 * the stream has credit and the socket has room, but for one item ahead, which shows whether the end has come. A
 * stream without credit so holds its handler, not memory.
 */
import type { EventRecord, Run, StreamHandle } from '../model/event-record.js';
import { KeyedItem } from '../model/handler.js';
import type { Failure } from '../protocol/error-codes.js';

/** What a stream tells the pipeline; structurally the pipeline's `StreamHost`. */
export interface StreamEnd {
  itemAwaited(record: EventRecord): void;
  clientAwaited(record: EventRecord): void;
  ended(record: EventRecord, value: unknown): void;
  broke(record: EventRecord, error: unknown): void;
  fail(record: EventRecord, failure: Failure): void;
}

/** Items one stream may take in one turn of the event loop before others have theirs. */
export const itemsPerTurnMax = 128;

export class ResultStream implements StreamHandle, Run {
  readonly #record: EventRecord;
  readonly #source: AsyncIterator<unknown>;
  readonly #end: StreamEnd;
  readonly #context: Run | undefined;
  #allowed: number;
  #isAsking = false;
  #isOver = false;
  #held: { readonly value: unknown } | undefined = undefined;
  #takenThisTurn = 0;
  #isTurnWatched = false;
  readonly #onResult = (result: IteratorResult<unknown>): void => {
    if (this.#isOver) return;
    let isDone: boolean;
    let value: unknown;
    try {
      isDone = result.done === true;
      value = result.value;
    } catch (error) {
      // An iterator of user code may give anything, even null.
      this.#onError(error);
      return;
    }
    this.#isAsking = false;
    if (isDone) {
      this.#isOver = true;
      this.#end.ended(this.#record, value);
      return;
    }
    this.#record.items += 1;
    this.#held = { value };
    this.#advance();
  };
  readonly #onError = (error: unknown): void => {
    this.#isAsking = false;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end.broke(this.#record, error);
  };

  /** @param context what runs for the event besides: its signal is fired when the stream is aborted */
  constructor(record: EventRecord, source: AsyncIterator<unknown>, end: StreamEnd, context: Run | undefined) {
    this.#record = record;
    this.#source = source;
    this.#end = end;
    this.#context = context;
    this.#allowed = record.credit;
    record.items = 0;
  }

  pull(max: number): void {
    if (max <= this.#allowed) return;
    this.#allowed = max;
    this.#advance();
  }

  resume(): void {
    this.#advance();
  }

  abort(failure: Failure): void {
    this.#isOver = true;
    this.#held = undefined;
    this.#context?.abort(failure);
    closeIterator(this.#source);
  }

  #advance(): void {
    if (this.#isOver || this.#isAsking) return;
    if (this.#held !== undefined && !this.#deliver()) return;
    if (this.#takenThisTurn >= itemsPerTurnMax) return;
    this.#ask();
  }

  /** @returns false when the held item has to wait, or the stream has failed */
  #deliver(): boolean {
    const record = this.#record;
    const held = this.#held as { readonly value: unknown };
    if (record.items > this.#allowed || !record.origin.hasRoom) {
      this.#end.clientAwaited(record);
      return false;
    }
    this.#held = undefined;
    const { value } = held;
    const why =
      value instanceof KeyedItem
        ? record.origin.item(record, record.items, value.data, value.key)
        : record.origin.item(record, record.items, value, undefined);
    if (why === undefined) return !this.#isOver;
    this.#isOver = true;
    closeIterator(this.#source);
    this.#end.fail(record, why);
    return false;
  }

  #ask(): void {
    this.#isAsking = true;
    this.#takenThisTurn += 1;
    if (!this.#isTurnWatched) this.#watchTurn();
    this.#end.itemAwaited(this.#record);
    try {
      Promise.resolve(this.#source.next()).then(this.#onResult, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  #watchTurn(): void {
    this.#isTurnWatched = true;
    setImmediate(() => {
      this.#isTurnWatched = false;
      const wasFull = this.#takenThisTurn >= itemsPerTurnMax;
      this.#takenThisTurn = 0;
      if (wasFull) this.#advance();
    });
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
