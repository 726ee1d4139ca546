/**
 * The credit of one stream or subscription: so many items may wait for the reader, and as many more come as it takes.
 */
export class Allowance {
  readonly #credit: number;
  readonly #pull: (max: number) => void;
  #granted: number;
  #taken = 0;
  /** Items that have come and are not taken. */
  #unread = 0;

  /** @param pull tells the gateway how many it may send in all, whenever half of the credit has been used */
  constructor(credit: number, pull: (max: number) => void) {
    this.#credit = credit;
    this.#granted = credit;
    this.#pull = pull;
  }

  /** What has been granted in all. */
  get granted(): number {
    return this.#granted;
  }

  arrived(): void {
    this.#unread += 1;
  }

  /** The reader has one. */
  took(): void {
    this.#unread -= 1;
    this.#taken += 1;
    const max = this.#taken + this.#credit;
    if (max - this.#granted < (this.#credit + 1) >> 1) return;
    this.#granted = max;
    this.#pull(max);
  }

  /** The gateway counts from 0 again, and what is unread leaves less room. @returns the first credit */
  restart(): number {
    this.#taken = -this.#unread;
    this.#granted = this.#credit - this.#unread;
    return this.#granted;
  }
}
