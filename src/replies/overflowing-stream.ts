/**
 * One result stream whose handler runs free (`overflow` `latest`, `drop` or `close`): at most 32 items wait for the
 * client, and what it will never get is told by a `gap` before the first item after it.
 */
import type { Observable, Subscription } from 'rxjs';
import type { EventRecord, Run, StreamHandle } from '../model/event-record.js';
import { KeyedItem } from '../model/handler.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import { limits } from '../protocol/limits.js';
import { closeIterator, IteratorReader } from './iterator-reader.js';
import type { StreamEnd, StreamParts } from './result-stream.js';
import type { StreamTaker, StreamTurns } from './stream-turns.js';

interface WaitingItem {
  readonly n: number;
  readonly data: unknown;
  readonly key: string | undefined;
}

export class OverflowingStream implements StreamHandle, Run {
  readonly #record: EventRecord;
  readonly #end: StreamEnd;
  readonly #turns: StreamTurns;
  readonly #context: Run | undefined;
  /** By key for `latest`, by number otherwise; iterates in the order of the numbers. */
  readonly #waiting = new Map<string | number | undefined, WaitingItem>();
  /** What has not been started yet. */
  #source: AsyncIterator<unknown> | Observable<unknown> | undefined;
  #stop: () => void = () => undefined;
  #allowed: number;
  #delivered = 0;
  /** Number of the last item sent or announced as lost. */
  #told = 0;
  #isOver = false;
  #final: { readonly value: unknown } | undefined = undefined;

  constructor(
    record: EventRecord,
    source: AsyncIterator<unknown> | Observable<unknown>,
    { end, turns, context }: StreamParts,
  ) {
    this.#record = record;
    this.#end = end;
    this.#turns = turns;
    this.#context = context;
    this.#allowed = record.credit;
    this.#source = source;
    record.items = 0;
  }

  pull(max: number): void {
    this.#allowed = Math.max(this.#allowed, max);
    this.#deliver();
  }

  /** The first call starts the source. */
  resume(): void {
    const source = this.#source;
    if (source === undefined) {
      this.#deliver();
      return;
    }
    this.#source = undefined;
    this.#end.itemAwaited(this.#record);
    if ('subscribe' in source) this.#subscribe(source);
    else this.#drive(source);
  }

  abort(why: Failure): void {
    const source = this.#source;
    this.#isOver = true;
    this.#waiting.clear();
    this.#context?.abort(why);
    if (source !== undefined && !('subscribe' in source)) closeIterator(source);
    this.#source = undefined;
    this.#stop();
  }

  #subscribe(source: Observable<unknown>): void {
    let subscription: Subscription | undefined;
    let isStopped = false;
    this.#stop = () => {
      isStopped = true;
      subscription?.unsubscribe();
    };
    try {
      subscription = source.subscribe({
        next: (value) => {
          this.#end.itemAwaited(this.#record);
          this.#produced(value);
        },
        error: (error: unknown) => this.#broke(error),
        complete: () => this.#completed(undefined),
      });
    } catch (error) {
      this.#broke(error);
    }
    if (isStopped) subscription?.unsubscribe();
  }

  #drive(source: AsyncIterator<unknown>): void {
    const taker: StreamTaker = { taken: 0, takenIn: 0, isTurnAwaited: false, resume: () => ask() };
    const ask = (): void => {
      if (this.#isOver || !this.#turns.take(taker)) return;
      this.#end.itemAwaited(this.#record);
      reader.ask();
    };
    const reader = new IteratorReader(source, {
      item: (value) => {
        this.#produced(value);
        ask();
      },
      completed: (value) => this.#completed(value),
      broke: (error) => this.#broke(error),
    });
    this.#stop = () => reader.close();
    ask();
  }

  #produced(value: unknown): void {
    if (this.#isOver || this.#final !== undefined) return;
    const record = this.#record;
    this.#end.ran(record);
    record.items += 1;
    const isKeyed = value instanceof KeyedItem;
    const item = { n: record.items, data: isKeyed ? value.data : value, key: isKeyed ? value.key : undefined };
    const slot = record.overflow === 'latest' ? item.key : item.n;
    // Deleted first, so that the newest stands last and the order of numbers holds.
    this.#waiting.delete(slot);
    this.#waiting.set(slot, item);
    this.#deliver();
    if (this.#waiting.size > limits.streamWaitingMax) this.#overflow();
  }

  #overflow(): void {
    if (this.#record.overflow === 'close') {
      this.#failWith(
        failure('resource_exhausted', `more than ${limits.streamWaitingMax} items waited for the client`, {
          reason: 'overflow',
          started: 'maybe',
        }),
      );
      return;
    }
    const oldest = this.#waiting.keys().next();
    if (!oldest.done) this.#waiting.delete(oldest.value);
  }

  #completed(value: unknown): void {
    if (this.#isOver || this.#final !== undefined) return;
    this.#final = { value };
    this.#end.clientAwaited(this.#record);
    this.#deliver();
  }

  #broke(error: unknown): void {
    if (this.#isOver || this.#final !== undefined) return;
    this.#isOver = true;
    this.#end.broke(this.#record, error);
  }

  #deliver(): void {
    const { origin } = this.#record;
    for (const [slot, item] of this.#waiting) {
      if (this.#isOver || this.#delivered >= this.#allowed || !origin.hasRoomFor(this.#record)) return;
      this.#waiting.delete(slot);
      this.#tellGap(item.n - 1);
      this.#told = item.n;
      this.#delivered += 1;
      const why = origin.item(this.#record, item.n, item.data, item.key);
      if (why !== undefined) this.#failWith(why);
    }
    if (this.#isOver || this.#final === undefined) return;
    this.#isOver = true;
    this.#tellGap(this.#record.items);
    this.#end.ended(this.#record, this.#final.value);
  }

  #tellGap(to: number): void {
    if (to <= this.#told) return;
    const reason = this.#record.overflow === 'latest' ? 'conflated' : 'dropped';
    this.#record.origin.gap(this.#record, this.#told + 1, to, reason);
    this.#told = to;
  }

  #failWith(why: Failure): void {
    this.#isOver = true;
    this.#waiting.clear();
    this.#stop();
    this.#context?.abort(why);
    this.#end.fail(this.#record, why);
  }
}
