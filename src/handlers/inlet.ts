/**
 * Where items wait to be pushed into an Observable, which has no way to say that it is busy. So whoever knows holds the
 * inlet: what comes then waits here up to a bound, and beyond that its senders wait.
 */
import { Deque } from '../collections/deque.js';

export interface InletOptions<T> {
  /** Items that wait at most. */
  readonly itemsMax: number;
  /** Takes one item. It must not throw. */
  readonly deliver: (item: T) => void;
  /** Called after items were delivered. */
  readonly onTurn: () => void;
  /** Calls back in another turn of the event loop, as setImmediate does. */
  readonly nextTurn: (callback: () => void) => void;
}

/** One for whose item there was no room. */
interface Waiter<T> {
  readonly item: T;
  readonly taken: () => void;
}

/** Whose wait ends with its signal; made at first use, so it is only looked at when there is something to wait for. */
export interface Waiting {
  readonly signal: AbortSignal;
}

/** Items delivered in one turn of the event loop: sockets and timers come in between. */
const turnItemsMax = 256;

export class Inlet<T> {
  readonly #options: InletOptions<T>;
  readonly #items = new Deque<T>();
  readonly #waiters = new Set<Waiter<T>>();
  #roomListener: (() => void) | undefined = undefined;
  #holds = 0;
  /** Items that may still be delivered before the next turn. */
  #turnLeft = turnItemsMax;
  #isScheduled = false;
  #isDelivering = false;
  #wasFull = false;

  constructor(options: InletOptions<T>) {
    this.#options = options;
  }

  /** Items in it, and those waiting for room. */
  get waiting(): number {
    return this.#items.size + this.#waiters.size;
  }

  get hasRoom(): boolean {
    return this.waiting < this.#options.itemsMax;
  }

  /**
   * Takes an item, which is delivered later, in the order of these calls.
   * @returns undefined when there was room for it; else a promise that resolves when there is, and rejects with the
   * reason of the signal when that fires first: then the item is not taken
   */
  offer(item: T, waiting?: Waiting): undefined | Promise<void> {
    if (!this.hasRoom) return this.#wait(item, waiting?.signal);
    this.push(item);
    return undefined;
  }

  /** Takes an item though there be no room. */
  push(item: T): void {
    this.#items.push(item);
    if (!this.hasRoom) this.#wasFull = true;
    this.#schedule();
  }

  /** Sets what to call when it was full and is half empty again. */
  onRoom(listener: () => void): void {
    this.#roomListener = listener;
  }

  /** Delivers nothing until {@link release} was called as often. */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    this.#schedule();
  }

  /** Takes out all that waits; promises of those who waited for room resolve. @returns how many there were */
  clear(): number {
    const cleared = this.waiting;
    this.#items.clear();
    for (const { taken } of [...this.#waiters]) taken();
    return cleared;
  }

  #wait(item: T, signal: AbortSignal | undefined): Promise<void> {
    this.#wasFull = true;
    return new Promise((resolve, reject) => {
      const gaveUp = (): void => {
        this.#waiters.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter<T> = {
        item,
        taken: () => {
          this.#waiters.delete(waiter);
          signal?.removeEventListener('abort', gaveUp);
          resolve();
        },
      };
      if (signal?.aborted) {
        gaveUp();
        return;
      }
      signal?.addEventListener('abort', gaveUp, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** Never delivers inside the call: not into code that is just giving an item, or letting go of a hold. */
  #schedule(): void {
    if (this.#isScheduled || this.#isDelivering || this.#holds > 0 || this.#items.size === 0) return;
    this.#isScheduled = true;
    if (this.#turnLeft > 0) {
      queueMicrotask(this.#deliverSome);
    } else {
      this.#options.nextTurn(this.#beginTurn);
    }
  }

  readonly #beginTurn = (): void => {
    this.#turnLeft = turnItemsMax;
    this.#deliverSome();
  };

  readonly #deliverSome = (): void => {
    this.#isScheduled = false;
    this.#isDelivering = true;
    while (this.#turnLeft > 0 && this.#holds === 0 && this.#items.size > 0) {
      this.#turnLeft -= 1;
      this.#options.deliver(this.#items.shift() as T);
      this.#letIn();
    }
    this.#isDelivering = false;
    this.#schedule();
    this.#options.onTurn();
  };

  #letIn(): void {
    const { itemsMax } = this.#options;
    if (this.#waiters.size > 0) {
      for (const waiter of this.#waiters) {
        if (this.#items.size >= itemsMax) return;
        this.#items.push(waiter.item);
        waiter.taken();
      }
    }
    if (this.#wasFull && this.waiting <= itemsMax / 2) {
      this.#wasFull = false;
      this.#roomListener?.();
    }
  }
}
