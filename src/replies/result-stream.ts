/**
 * One result stream that waits for its client (`overflow: "wait"`): the iterator is asked for the next item only when
 * the stream has credit and the socket has room, but for one item ahead, which shows whether the end has come. A
 * stream without credit so holds its handler, not memory.
 */
import type { EventRecord, Run, StreamHandle } from '../model/event-record.js';
import { KeyedItem } from '../model/handler.js';
import type { Failure } from '../protocol/error-codes.js';
import { type ItemSink, IteratorReader } from './iterator-reader.js';
import type { StreamTaker, StreamTurns } from './stream-turns.js';

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

/** What runs beside a stream: what streams share, and the context of its event, whose signal fires when it is aborted. */
export interface StreamParts {
  readonly end: StreamEnd;
  readonly turns: StreamTurns;
  readonly context: Run | undefined;
}

export class ResultStream implements StreamHandle, Run, ItemSink, StreamTaker {
  readonly #record: EventRecord;
  readonly #reader: IteratorReader;
  readonly #end: StreamEnd;
  readonly #context: Run | undefined;
  #allowed: number;
  #isOver = false;
  #held: { readonly value: unknown } | undefined = undefined;
  readonly #turns: StreamTurns;
  taken = 0;
  takenIn = 0;
  isTurnAwaited = false;

  constructor(record: EventRecord, source: AsyncIterator<unknown>, { end, turns, context }: StreamParts) {
    this.#record = record;
    this.#reader = new IteratorReader(source, this);
    this.#end = end;
    this.#turns = turns;
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
    if (!this.#end.hasSlot(this.#record) || !this.#turns.take(this)) return;
    this.#end.itemAwaited(this.#record);
    this.#reader.ask();
  }

  /** @returns false when the held item has to wait, or the stream has failed */
  #deliver(): boolean {
    const record = this.#record;
    const held = this.#held as { readonly value: unknown };
    if (record.items > this.#allowed || !record.origin.hasRoomFor(record)) {
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
    this.abort(why);
    this.#end.fail(record, why);
    return false;
  }
}
