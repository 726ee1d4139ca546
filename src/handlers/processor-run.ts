/**
 * One life of a processor's Observable: from the call of `through` until what it returned fails, completes or is stopped.
 * Whatever user code does, nothing is thrown out of here, and `onEnd` is called at most once.
 */
import { defer, Observable, Subject, type Subscription } from 'rxjs';
import type { Log } from '../model/handler.js';
import { mapAsync } from '../operators/map-async.js';
import type { ProcessorContext, ProcessorDefinition } from './define-processor.js';
import type { Inlet } from './inlet.js';

/** How a life ended by itself. */
export type RunEnd = { readonly error: unknown } | 'completed';

/** What a run is made of, and whom it tells. */
export interface RunOptions<T> {
  readonly definition: ProcessorDefinition;
  readonly inlet: Inlet<T>;
  readonly log: Log;
  readonly onResult: (result: unknown) => void;
  /** Not called when it is stopped. */
  readonly onEnd: (end: RunEnd) => void;
}

/** Work of `mapAsync` at a time where nothing else is said. */
const concurrencyDefault = 16;

export class ProcessorRun<T> {
  readonly #options: RunOptions<T>;
  readonly #items = new Subject<T>();
  readonly #controller = new AbortController();
  #results: Subscription | undefined = undefined;
  #isFinishing = false;
  #isOver = false;
  /** Of this run in the inlet; the first is that nobody listens yet. */
  #holds = 1;
  #listeners = 0;
  #underWay = 0;

  constructor(options: RunOptions<T>) {
    this.#options = options;
    options.inlet.hold();
  }

  /** Values that `mapAsync` works on. */
  get working(): number {
    return this.#underWay;
  }

  start(): void {
    const { definition, onResult } = this.#options;
    let results: Subscription;
    try {
      const result$: unknown = definition.through(this.#source() as Observable<never>, this.#context());
      if (!isObservable(result$))
        throw new TypeError(`expected through to return an Observable, got ${typeof result$}`);
      results = result$.subscribe({
        next: (result) => {
          if (!this.#isOver) onResult(result);
        },
        error: (error: unknown) => this.#end({ error }),
        complete: () => this.#end('completed'),
      });
    } catch (error) {
      this.#end({ error });
      return;
    }
    // What ended while it was being subscribed to could not be unsubscribed yet.
    if (this.#isOver) this.#unsubscribe(results);
    else this.#results = results;
  }

  push(item: T): void {
    try {
      this.#items.next(item);
    } catch (error) {
      this.#end({ error });
    }
  }

  /**
   * Completes its source, so that what is gathered leaves. It takes nothing more, and ends by itself when what it returned
   * completes, which may take as long as its asynchronous work does.
   */
  finish(): void {
    if (this.#isOver || this.#isFinishing) return;
    this.#isFinishing = true;
    this.#hold();
    try {
      this.#items.complete();
    } catch (error) {
      this.#end({ error });
    }
  }

  /** Ends it at once. Leaves the inlet as held as it was before the run. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (; this.#holds > 0; this.#holds -= 1) this.#options.inlet.release();
    this.#controller.abort();
    if (this.#results !== undefined) this.#unsubscribe(this.#results);
  }

  /** What it gets: held as long as nobody listens, for what is pushed then would be lost. */
  #source(): Observable<T> {
    return new Observable((subscriber) => {
      const listening = this.#items.subscribe(subscriber);
      this.#listeners += 1;
      if (this.#listeners === 1) this.#release();
      return () => {
        listening.unsubscribe();
        this.#listeners -= 1;
        if (this.#listeners === 0) this.#hold();
      };
    });
  }

  #context(): ProcessorContext {
    const hold = (): (() => void) => {
      let isHeld = this.#hold();
      return () => {
        if (isHeld) this.#release();
        isHeld = false;
      };
    };
    return {
      signal: this.#controller.signal,
      log: this.#options.log,
      hold,
      mapAsync:
        (work, { concurrency = concurrencyDefault } = {}) =>
        (source$) =>
          // The count is that of one subscription, and there may be several.
          defer(() => source$.pipe(mapAsync({ work, concurrency, onActive: this.#activity(concurrency, hold) }))),
    };
  }

  /** Follows the asynchronous work of one operator, and holds the inlet while there is as much as there may be. */
  #activity(concurrency: number, hold: () => () => void): (active: number) => void {
    let before = 0;
    let release: (() => void) | undefined;
    return (active) => {
      this.#underWay += active - before;
      before = active;
      if (active >= concurrency) {
        release ??= hold();
      } else {
        release?.();
        release = undefined;
      }
    };
  }

  /** @returns false when the run is over: there is nothing to hold then */
  #hold(): boolean {
    if (this.#isOver) return false;
    this.#holds += 1;
    this.#options.inlet.hold();
    return true;
  }

  #release(): void {
    if (this.#isOver) return;
    this.#holds -= 1;
    this.#options.inlet.release();
  }

  #end(end: RunEnd): void {
    if (this.#isOver) return;
    this.stop();
    this.#options.onEnd(end);
  }

  #unsubscribe(results: Subscription): void {
    try {
      results.unsubscribe();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a processor failed when it was stopped');
    }
  }
}

/** Of any copy of RxJS. */
function isObservable(value: unknown): value is Observable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const { subscribe, pipe } = value as { subscribe?: unknown; pipe?: unknown };
  return typeof subscribe === 'function' && typeof pipe === 'function';
}
