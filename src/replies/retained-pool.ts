/**
 * The bound that the frames kept of all sessions have together. Past it sessions whose clients are away end, those away
 * the longest first; where that is not enough, those who keep most forget it, as clients that acknowledge keep little. They go on,
 * but could not be taken up again where they were.
 */

/** The part of the bound down to which is forgotten: it would be passed again with the next frame. */
const targetPart = 7 / 8;

/** The frames of one session, as the pool sees them. */
export interface Kept {
  readonly bytes: number;
  /** Forgets what was sent on the socket the session is on. */
  forgetSent(): void;
}

export interface RetainedPoolOptions {
  readonly bytesMax: number;
  /** Ends the session that is away the longest. @returns false when there is none */
  readonly endAway: () => boolean;
  /** Called after sessions forgot, with how many. It must not throw. */
  readonly onForgotten: (sessions: number) => void;
}

export class RetainedPool {
  /** What all sessions keep. */
  bytes = 0;
  readonly #options: RetainedPoolOptions;
  readonly #kept = new Set<Kept>();
  #isRelieving = false;

  constructor(options: RetainedPoolOptions) {
    this.#options = options;
  }

  /** A session keeps something now, and did not before. */
  enter(kept: Kept): void {
    this.#kept.add(kept);
  }

  /** It keeps nothing any more. */
  leave(kept: Kept): void {
    this.#kept.delete(kept);
  }

  /** A session keeps so much more, or less. At the bound others, or it itself, may have forgotten when this returns. */
  count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#options.bytesMax && !this.#isRelieving) this.#relieve();
  }

  #relieve(): void {
    const { bytesMax, endAway, onForgotten } = this.#options;
    this.#isRelieving = true;
    let forgotten = 0;
    try {
      while (this.bytes > bytesMax && endAway());
      if (this.bytes <= bytesMax) return;
      for (const kept of [...this.#kept].sort((a, b) => b.bytes - a.bytes)) {
        if (this.bytes <= bytesMax * targetPart) break;
        kept.forgetSent();
        forgotten += 1;
      }
    } finally {
      this.#isRelieving = false;
    }
    if (forgotten > 0) onForgotten(forgotten);
  }
}
