/** What was refused and is asked for again: each after the time the gateway gave it, and within its own bounds. */
import type { RetryBounds } from './bounds.js';
import type { SluiceError } from './sluice-error.js';

/** What may be asked for again. */
export interface Retriable {
  readonly retry: RetryBounds | undefined;
  /** When it is worth nothing any more, on the clock of `performance.now`; 0 for never. */
  readonly deadlineAtMs: number;
  /** Times it was asked for. */
  readonly attempts: number;
  /** When it was first refused; 0 before. */
  refusedAtMs: number;
}

export class Retries<T extends Retriable> {
  readonly #waiting = new Map<T, ReturnType<typeof setTimeout>>();
  readonly #again: (item: T) => void;

  /** @param again the wait of this one is over */
  constructor(again: (item: T) => void) {
    this.#again = again;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether another attempt is to be made after what it was answered. Only where nothing has begun. */
  allows(item: T, { started, retry: asked, afterMs = 0 }: SluiceError): boolean {
    const { retry, attempts, refusedAtMs, deadlineAtMs } = item;
    if (retry === undefined || started !== 'no' || asked !== 'backoff' || attempts >= retry.attempts) return false;
    const nowMs = performance.now();
    if (deadlineAtMs > 0 && nowMs + afterMs >= deadlineAtMs) return false;
    return nowMs + afterMs - (refusedAtMs || nowMs) <= retry.withinMs;
  }

  /** Whether it waits. */
  has(item: T): boolean {
    return this.#waiting.has(item);
  }

  add(item: T, { afterMs = 0 }: SluiceError): void {
    item.refusedAtMs ||= performance.now();
    const over = () => {
      this.#waiting.delete(item);
      this.#again(item);
    };
    this.#waiting.set(item, setTimeout(over, afterMs));
  }

  /** @returns whether it was waiting */
  remove(item: T): boolean {
    clearTimeout(this.#waiting.get(item));
    return this.#waiting.delete(item);
  }
}
