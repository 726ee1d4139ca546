/**
 * Which numbered frames of the session have come, and telling the gateway so now and then, so that it can forget them.
 */

/** Frames after which it is told at the latest. */
const framesMax = 64;
/** Milliseconds after which it is told at the latest. */
const withinMs = 1000;

export class Receipts {
  /** Number of the last frame that came. */
  received = 0;
  readonly #tell: (s: number) => void;
  #told = 0;
  #isClosed = false;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;

  /** @param tell says `received` to the gateway */
  constructor(tell: (s: number) => void) {
    this.#tell = tell;
  }

  /**
   * Looks at the number of a frame that came.
   * @returns `next`: it is the one that was awaited; `again`: it came before; `missing`: one before it did not come
   */
  look(s: number): 'next' | 'again' | 'missing' {
    if (s <= this.received) return 'again';
    return s === this.received + 1 ? 'next' : 'missing';
  }

  /** The frame has been processed. */
  took(s: number): void {
    this.received = s;
    if (this.#isClosed) return;
    if (s - this.#told >= framesMax) this.tell();
    else if (this.#timer === undefined) this.#timer = setTimeout(() => this.tell(), withinMs);
  }

  /** Says how far it has got, if that was not said. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.received === this.#told) return;
    this.#told = this.received;
    this.#tell(this.received);
  }

  /** Nothing will be told any more. */
  close(): void {
    this.#isClosed = true;
    this.pause();
  }

  /** The connection is gone: what was told may not have arrived, and is said when it is taken up again. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A session is taken up again: what was received has been said with it. */
  resumed(): void {
    this.#told = this.received;
  }

  /** A new session counts from the start. */
  reset(): void {
    this.pause();
    this.received = 0;
    this.#told = 0;
  }
}
