/**
 * Events per second, of each session and of each tenant: a stage of admission that costs nothing where neither has a
 * limit. What is kept is bounded, whoever comes.
 */
import { ForgetfulMap } from '../collections/forgetful-map.js';
import { TokenBucket, type TokenBucketOptions } from '../collections/token-bucket.js';

export interface RateLimitsOptions {
  /** Events per second of one session; 0 is no limit. */
  readonly sessionPerS: number;
  /** Events per second of one tenant, over all its sessions and requests; 0 is no limit. */
  readonly tenantPerS: number;
  /** Time whose events may come at once, in milliseconds. */
  readonly burstMs: number;
}

/** Sessions, and tenants, that have a bucket of their own at a time; one that is full again needs none. */
export const bucketsMax = 65_536;

/** Buckets in which those beyond have to share. */
const sharedBuckets = 1024;

export class RateLimits {
  /** Neither has a limit: there is no need to ask. */
  readonly isOff: boolean;
  readonly #sessions: Buckets | undefined;
  readonly #tenants: Buckets | undefined;

  constructor(options: RateLimitsOptions) {
    this.#sessions = bucketsFor(options.sessionPerS, options.burstMs);
    this.#tenants = bucketsFor(options.tenantPerS, options.burstMs);
    this.isOff = this.#sessions === undefined && this.#tenants === undefined;
  }

  /** Buckets kept for sessions and tenants together. */
  get buckets(): number {
    return (this.#sessions?.size ?? 0) + (this.#tenants?.size ?? 0);
  }

  /**
   * One event. It takes a token of its session and one of its tenant, or none of either.
   *
   * A wait is a promise (see `TokenBucket`) where one limit is what holds everybody up. Where a session waits for itself,
   * its tenant's token is not kept for it: that would keep one from the other sessions.
   * @param session undefined where there is none, as over HTTP
   * @returns 0, or the milliseconds after which to come again
   */
  take(session: string | undefined, tenant: string, nowMs: number): number {
    const own = session === undefined ? undefined : this.#sessions?.bucket(session, nowMs);
    const shared = this.#tenants?.bucket(tenant, nowMs);
    const isInTenant = shared === undefined || shared.has(nowMs);
    if (isInTenant && (own === undefined || own.has(nowMs))) {
      own?.spend(nowMs);
      shared?.spend(nowMs);
      return 0;
    }
    const tenantWaitMs = isInTenant ? 0 : shared.promise(nowMs);
    return own === undefined ? tenantWaitMs : own.promise(nowMs, nowMs + tenantWaitMs);
  }

  /** The session has ended. */
  forget(session: string): void {
    this.#sessions?.forget(session);
  }
}

function bucketsFor(perS: number, burstMs: number): Buckets | undefined {
  return perS === 0 ? undefined : new Buckets({ perS, burst: Math.max(1, (perS * burstMs) / 1000) });
}

/**
 * Buckets by name. When all there may be are in use, those who have one keep it. Newcomers share a fixed number, chosen
 * by a hash of their names: less than they might have, but no newcomer is shut out, and one that floods is in the way of
 * few. They get their own as soon as others are full.
 */
class Buckets {
  readonly #options: TokenBucketOptions;
  readonly #own = new ForgetfulMap<TokenBucket>({
    max: bucketsMax,
    isForgettable: (bucket, nowMs) => bucket.isFull(nowMs),
  });
  readonly #shared: (TokenBucket | undefined)[] = new Array(sharedBuckets).fill(undefined);
  /** Events come in runs: the one asked for last is likely to be asked for next. */
  #lastName: string | undefined = undefined;
  #last: TokenBucket | undefined = undefined;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#own.size;
  }

  bucket(name: string, nowMs: number): TokenBucket {
    if (name === this.#lastName && this.#last !== undefined) return this.#last;
    let bucket = this.#own.get(name);
    if (bucket === undefined) {
      // Where there is no room nothing was forgotten, so that the last one is still good.
      if (!this.#own.makeRoom(nowMs)) return this.#sharedBucket(name);
      bucket = new TokenBucket(this.#options);
      this.#own.add(name, bucket);
    }
    this.#lastName = name;
    this.#last = bucket;
    return bucket;
  }

  forget(name: string): void {
    this.#own.delete(name);
    if (name === this.#lastName) this.#last = undefined;
  }

  #sharedBucket(name: string): TokenBucket {
    const slot = hash(name) % sharedBuckets;
    const bucket = this.#shared[slot] ?? new TokenBucket(this.#options);
    this.#shared[slot] = bucket;
    return bucket;
  }
}

/** FNV-1a (Fowler, Noll and Vo), over UTF-16 code units. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum >>> 0;
}
