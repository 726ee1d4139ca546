/**
 * The bound that all outboxes have together. Each may hold a few megabytes for a client that is slow for a moment; a
 * thousand clients that never read would hold gigabytes. Past the bound those that hold most are closed as slow
 * consumers, until there is some room again.
 *
 * What outboxes hold is counted as it changes, in O(1). Only at the bound are they looked through: all that held
 * something since the last time, sorted once. After that an eighth of the bound has to gather before it comes again.
 */
import { closeCodes } from '../protocol/close-codes.js';

export interface OutboxPoolOptions {
  /** Bytes that may wait in all outboxes and their sockets' own buffers together. */
  readonly bytesMax: number;
  /** Called after outboxes were closed, with what was held before. It must not throw. */
  readonly onTooMuch?: (closed: number, bytes: number) => void;
}

/** The part of the bound down to which outboxes are closed. */
const targetPart = 7 / 8;
const reason = 'slow consumer: replies of all clients wait, and most of them here';

/** An outbox as the pool sees it. The first two fields are the pool's, which it starts with 0 and false. */
export interface PooledOutbox {
  /** What it held when the pool heard of it last. */
  pooledBytes: number;
  /** The pool has it on its list. */
  isPooled: boolean;
  /** Writes what its socket takes, and tells the pool what is left. */
  flush(): void;
  /** Drops what waits, and leaves the pool. */
  close(code: number, reason: string): void;
}

export class OutboxPool {
  /** What all outboxes hold, as far as they know: a socket's own buffer may have drained a little since. */
  bytes = 0;
  readonly #bytesMax: number;
  /** Those that hold something, and some that did. */
  readonly #holding = new Set<PooledOutbox>();
  readonly #onTooMuch: (closed: number, bytes: number) => void;
  #isRelieving = false;

  constructor({ bytesMax, onTooMuch = () => undefined }: OutboxPoolOptions) {
    this.#bytesMax = bytesMax;
    this.#onTooMuch = onTooMuch;
  }

  /**
   * The outbox holds so many bytes now. Call it where an outbox, this one too, may be written and closed: at the bound
   * that is done before it returns. O(1) but there.
   */
  hold(outbox: PooledOutbox, bytes: number): void {
    this.bytes += bytes - outbox.pooledBytes;
    outbox.pooledBytes = bytes;
    if (!outbox.isPooled && bytes > 0) {
      outbox.isPooled = true;
      this.#holding.add(outbox);
    }
    if (this.bytes > this.#bytesMax && !this.#isRelieving) this.#relieve();
  }

  /** The outbox holds nothing any more, for good. O(1). */
  leave(outbox: PooledOutbox): void {
    this.bytes -= outbox.pooledBytes;
    outbox.pooledBytes = 0;
    if (!outbox.isPooled) return;
    outbox.isPooled = false;
    this.#holding.delete(outbox);
  }

  #relieve(): void {
    const bytesBefore = this.bytes;
    let closed = 0;
    this.#isRelieving = true;
    try {
      // Again, while it helps: what was only written in the first round has its socket's answer by the second.
      for (let bytes = Number.MAX_SAFE_INTEGER; this.#isOverTarget && this.bytes < bytes; ) {
        bytes = this.bytes;
        closed += this.#closeLargest();
      }
    } finally {
      this.#isRelieving = false;
    }
    if (closed > 0) this.#onTooMuch(closed, bytesBefore);
  }

  /** Not down to the bound only: it would be passed again with the next frame. */
  get #isOverTarget(): boolean {
    return this.bytes > this.#bytesMax * targetPart;
  }

  /** @returns how many were closed */
  #closeLargest(): number {
    let closed = 0;
    for (const outbox of this.#largestFirst()) {
      if (!this.#isOverTarget) break;
      if (!outbox.isPooled) continue;
      // Its frames may only wait for the end of the turn: nobody is slow who has not been asked.
      const bytesBefore = outbox.pooledBytes;
      outbox.flush();
      if (outbox.pooledBytes < bytesBefore) continue;
      outbox.close(closeCodes.slowConsumer.code, reason);
      closed += 1;
    }
    return closed;
  }

  /** Those that hold something, as they are now; the others are taken off the list. */
  #largestFirst(): PooledOutbox[] {
    for (const outbox of this.#holding) if (outbox.pooledBytes === 0) this.leave(outbox);
    return [...this.#holding].sort((a, b) => b.pooledBytes - a.pooledBytes);
  }
}
