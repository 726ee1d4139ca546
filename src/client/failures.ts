/** Emitted events that failed after they had left: told to those who look, or else, now and then, to a log. */
import { Observable, type Subscriber } from 'rxjs';
import type { EmitFailure } from './api.js';

/** Milliseconds between two lines. */
const lineMs = 1000;

export class Failures {
  readonly failures$: Observable<EmitFailure>;
  readonly #observers = new Set<Subscriber<EmitFailure>>();
  readonly #warn: (message: string) => void;
  /** Failures since the last line. */
  #untold = 0;
  #last: EmitFailure | undefined = undefined;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #isComplete = false;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
    this.failures$ = new Observable((subscriber) => {
      if (this.#isComplete) subscriber.complete();
      this.#observers.add(subscriber);
      return () => this.#observers.delete(subscriber);
    });
  }

  add(failure: EmitFailure): void {
    if (this.#observers.size > 0) {
      for (const observer of [...this.#observers]) observer.next(failure);
      return;
    }
    this.#untold += 1;
    this.#last = failure;
    if (this.#timer !== undefined) return;
    this.#tell();
  }

  #tell(): void {
    if (this.#last === undefined) return;
    const { type, error } = this.#last;
    const more = this.#untold === 1 ? '' : `, and ${this.#untold - 1} more since the last line`;
    this.#warn(`an emitted ${type} failed with ${error.code} (${error.message})${more}; failures$ tells of each`);
    this.#untold = 0;
    this.#last = undefined;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, lineMs);
  }

  complete(): void {
    this.#tell();
    clearTimeout(this.#timer);
    this.#isComplete = true;
    for (const observer of [...this.#observers]) observer.complete();
  }
}
