/**
 * A token bucket in which a refusal is a promise: whoever is told to wait finds a token when that time is over, because
 * those told before have earlier ones. The package `limiter` has a token bucket too; it reads the clock by itself and
 * makes no promises, while here time comes from outside.
 *
 * Kept as the generic cell rate algorithm does (ITU-T I.371): not tokens are counted, but the time at which the bucket
 * would be full again. A second such time is that of the line: as if everything promised had been taken.
 */
export interface TokenBucketOptions {
  /** Tokens per second, more than 0. */
  readonly perS: number;
  /** Tokens it holds, 1 or more. At least one and those of 3 ms are held, or promises could not be kept. */
  readonly burst: number;
  /**
   * Longest wait that is told, in milliseconds; it bounds what callers who never come back do to others. Beyond it tokens
   * are promised twice, so that some have to come again. @default 3_600_000
   */
  readonly waitMsMax?: number;
}

/** How late callers may come and still find their token: 2 ms, and 1 as they are told whole ones. */
const lateMs = 3;

const hourMs = 3_600_000;

/** Sums of fractions are not exact: what is missing by less than this, in milliseconds, is not missing. */
const toleranceMs = 1e-4;

/** It starts full. Times are milliseconds of any clock that begins at 0 or later and does not go back. All is O(1). */
export class TokenBucket {
  /** Time in which one token comes. */
  readonly #intervalMs: number;
  /** Time before it is full from which on there is a token. */
  readonly #slackMs: number;
  readonly #waitMsMax: number;
  #fullAtMs = 0;
  /** When it would be full again, had all promised tokens been taken. */
  #lineMs = 0;

  constructor(options: TokenBucketOptions) {
    this.#intervalMs = 1000 / options.perS;
    this.#slackMs = Math.max((options.burst - 1) * this.#intervalMs, lateMs);
    this.#waitMsMax = options.waitMsMax ?? hourMs;
  }

  /** Tokens it holds when full. In any stretch of time no more are taken than these and what comes meanwhile. */
  get burst(): number {
    return 1 + this.#slackMs / this.#intervalMs;
  }

  /** Takes a token. @returns 0, or the milliseconds after which this caller finds one: a promise */
  take(nowMs: number): number {
    if (!this.has(nowMs)) return this.promise(nowMs);
    this.spend(nowMs);
    return 0;
  }

  /** Whether there is a token: {@link spend} it. */
  has(nowMs: number): boolean {
    return this.#fullAtMs - nowMs <= this.#slackMs + toleranceMs;
  }

  /** Takes a token that is there. */
  spend(nowMs: number): void {
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#intervalMs;
  }

  /**
   * Promises the first token that is not promised yet. It is kept while callers come when told, or up to 2 ms later, and
   * nobody else takes theirs. One that is not taken up goes to whoever comes.
   * @param notBeforeMs the caller will not come before this time in any case
   * @returns whole milliseconds from now, 1 or more
   */
  promise(nowMs: number, notBeforeMs = 0): number {
    if (this.#lineMs - this.#slackMs - nowMs > this.#waitMsMax) this.#lineMs = this.#fullAtMs;
    const lineMs = Math.max(this.#lineMs, this.#fullAtMs);
    const dueMs = Math.max(lineMs - this.#slackMs, notBeforeMs);
    this.#lineMs = Math.max(lineMs, dueMs) + this.#intervalMs;
    return Math.max(1, Math.ceil(dueMs - nowMs - toleranceMs / 2));
  }

  /** Whether it is full: a new one would do as well. */
  isFull(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }
}
