/** What became of emitted events: counts them, and tells of those that failed. */
import type { SluiceError } from '../client.js';
import type { Output } from './output.js';
import { type ToldEmitted, toldError } from './told.js';

export interface EmitTallyOptions {
  readonly type: string;
  readonly output: Output;
}

/** Failures told to people, one by one; the rest they find counted at the end. */
const shownMax = 10;

export class EmitTally {
  /** Events that have left. */
  left = 0;
  /** Resolves when all that was told has room on its way to the reader. */
  isTold: Promise<void> = Promise.resolve();
  readonly #options: EmitTallyOptions;
  #failed = 0;
  #unsent = 0;
  readonly #codes: Record<string, number> = {};

  constructor(options: EmitTallyOptions) {
    this.#options = options;
  }

  get isFlawless(): boolean {
    return this.#failed + this.#unsent === 0;
  }

  /** One that had left has failed. */
  failed(error: SluiceError, key: string | undefined): void {
    this.#failed += 1;
    this.#tell(error, key);
  }

  /** One has failed before it left. */
  stayed(error: SluiceError, key: string | undefined): void {
    this.#unsent += 1;
    this.#tell(error, key);
  }

  told(ms: number): ToldEmitted {
    const { left } = this;
    return {
      kind: 'emitted',
      left,
      failed: this.#failed,
      unsent: this.#unsent,
      ms: Math.round(ms),
      codes: this.#codes,
    };
  }

  #tell(error: SluiceError, key: string | undefined): void {
    const { type, output } = this.#options;
    this.#codes[error.code] = (this.#codes[error.code] ?? 0) + 1;
    const told = this.#failed + this.#unsent;
    if (!output.isJson && told > shownMax) {
      if (told === shownMax + 1) output.note('further failures are only counted');
      return;
    }
    this.isTold = output.tellAside(toldError(error, key === undefined ? { type } : { type, key }));
  }
}
