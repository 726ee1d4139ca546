/**
 * One result stream that waits for its client (`overflow: "wait"`): the iterator is asked for the next item only when
 * the stream has credit and the socket has room, but for one item ahead, which shows whether the end has come. A
 * stream without credit so holds its handler, not memory.
 */
import type { EventRecord, Run, StreamHandle } from '../model/event-record.js';
import { KeyedItem } from '../model/handler.js';
import type { Failure } from '../protocol/error-codes.js';
import { type ItemSink, IteratorReader } from './iterator-reader.js';

/** What a stream tells the pipeline; structurally the pipeline's `StreamHost`. */
export interface StreamEnd {
  hasSlot(record: EventRecord): boolean;
  itemAwaited(record: EventRecord): void;
  clientAwaited(record: EventRecord): void;
  ran(record: EventRecord): void;
  ended(record: EventRecord, value: unknown): void;
  broke(record: EventRecord, error: unknown): void;
  fail(record: EventRecord, failure: Failure): void;
}

/** Items one stream may take in one turn of the event loop before others have theirs. */
export const itemsPerTurnMax = 128;

export class ResultStream implements StreamHandle, Run, ItemSink {
  readonly #record: EventRecord;
  readonly #reader: IteratorReader;
  readonly #end: StreamEnd;
  readonly #context: Run | undefined;
  #allowed: number;
  #isOver = false;
  #held: { readonly value: unknown } | undefined = undefined;
  #takenThisTurn = 0;
  #isTurnWatched = false;

  /** @param context what runs for the event besides: its signal is fired when the stream is aborted */
  constructor(record: EventRecord, source: AsyncIterator<unknown>, end: StreamEnd, context: Run | undefined) {
    this.#record = record;
    this.#reader = new IteratorReader(source, this);
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
    this.#reader.close();
  }

  item(value: unknown): void {
    this.#end.ran(this.#record);
    this.#record.items += 1;
    this.#held = { value };
    this.#advance();
  }

  completed(value: unknown): void {
    this.#isOver = true;
    this.#end.ended(this.#record, value);
  }

  broke(error: unknown): void {
    this.#isOver = true;
    this.#end.broke(this.#record, error);
  }

  #advance(): void {
    if (this.#isOver || this.#reader.isAsking) return;
    if (this.#held !== undefined && !this.#deliver()) return;
    if (this.#takenThisTurn >= itemsPerTurnMax || !this.#end.hasSlot(this.#record)) return;
    this.#takenThisTurn += 1;
    if (!this.#isTurnWatched) this.#watchTurn();
    this.#end.itemAwaited(this.#record);
    this.#reader.ask();
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
    this.#reader.close();
    this.#end.fail(record, why);
    return false;
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
