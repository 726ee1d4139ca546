/** Events that are worth doing for a time only: finds those whose time is over, by one timer for all. */
import type { Operation } from './operation.js';

/** Milliseconds between two looks, while there is anything to look at. */
const lookMs = 100;

export class Deadlines {
  readonly #open = new Set<Operation>();
  readonly #onOver: (operation: Operation) => void;
  #timer: ReturnType<typeof setInterval> | undefined = undefined;

  /** @param onOver called again at every look, until the operation is removed */
  constructor(onOver: (operation: Operation) => void) {
    this.#onOver = onOver;
  }

  add(operation: Operation): void {
    this.#open.add(operation);
    this.#timer ??= setInterval(() => this.#look(), lookMs);
  }

  remove(operation: Operation): void {
    if (!this.#open.delete(operation) || this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const operation of this.#open) if (operation.deadlineAtMs <= nowMs) this.#onOver(operation);
  }
}
