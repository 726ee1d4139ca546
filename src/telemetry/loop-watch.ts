/**
 * Names the handler that keeps the event loop busy. Whoever runs user code tells this afterwards, each time: the time
 * since the last such moment, or since the turn of the event loop began if that is later, is what that code took. All
 * of it costs a look at the clock, and in a turn with many such moments one in eight: a handler that is not named exactly
 * for that the first time is the next, as for a while the clock is looked at each time.
 *
 * When a turn began is known in two ways. Mostly somebody asked for the turn before the handler was called: then that
 * moment counts. Where a handler goes on by itself, as after a query it awaited, nobody did: then the turn began when
 * the one before had ended and the event loop had waited for something to do. For that, the end of every turn is stamped
 * by an immediate that is not referenced: it comes when the loop has turned anyway, and never makes it turn.
 */
import { performance } from 'node:perf_hooks';

export interface LoopWatchOptions {
  readonly turn: WatchedTurn;
  /** Milliseconds at a stretch beyond which a handler is named. */
  readonly blockedMs: number;
  readonly onBlocked: (blocked: Blocked) => void;
  /** Milliseconds on the same scale as `turn`. @default performance.now */
  readonly now?: () => number;
  /** Milliseconds in all that the event loop waited for something to do. @default Node's own count */
  readonly idleMs?: () => number;
}

/** The turn of the event loop, and since when. */
export interface WatchedTurn {
  /** Begins the turn, unless that was done in it already. */
  now(): number;
  /** When `now` was called in this turn first, as `performance.now` counts: not rounded. */
  readonly startedMs: number;
}

/** The event loop did nothing else for a while. */
export interface Blocked {
  /** Whose code it was; undefined when it is not known. */
  readonly route: string | undefined;
  /** How long. */
  readonly ms: number;
  /** How many more times it did since it was named last, within a second each time. */
  readonly leftOut: number;
}

/** The last time a route was named. */
interface Named {
  atMs: number;
  leftOut: number;
}

/** Moments of a turn that each have a look at the clock, and of how many later ones one has. */
const exactMax = 4;
const stride = 8;
/** Milliseconds for which all have, once one of several routes was found to be the one. */
const exactMs = 10_000;

/** Milliseconds for which a route is not named again. */
const quietMs = 1000;
/** Routes remembered; with more of them the one known for longest may be named sooner. */
const namedMax = 1024;

export class LoopWatch {
  #lastMs = 0;
  /** Of what `mark` knows, since `lag` was called last. */
  #knownMs = 0;
  readonly #blockedMs: number;
  readonly #turn: WatchedTurn;
  readonly #now: () => number;
  /** When the last turn ended, and what the event loop had waited until then. */
  #endMs = 0;
  #idleAtEndMs = 0;
  readonly #idleMs: () => number;
  readonly #onBlocked: (blocked: Blocked) => void;
  readonly #named = new Map<string | undefined, Named>();
  #end: NodeJS.Immediate | undefined = undefined;
  #turnNumber = 0;
  #marks = 0;
  /** Routes that ran since the clock was looked at last: the last of them, and in order those before that differ. */
  #last: string | undefined = undefined;
  readonly #earlier: string[] = new Array(stride).fill('');
  #earlierCount = 0;
  #exactUntilMs = 0;

  constructor(options: LoopWatchOptions) {
    this.#blockedMs = options.blockedMs;
    this.#turn = options.turn;
    this.#now = options.now ?? (() => performance.now());
    this.#idleMs = options.idleMs ?? (() => performance.nodeTiming.idleTime);
    this.#onBlocked = options.onBlocked;
  }

  start(): void {
    if (this.#end !== undefined) return;
    this.#lastMs = this.#now();
    this.#stampEnd();
  }

  stop(): void {
    clearImmediate(this.#end);
    this.#end = undefined;
  }

  /**
   * Code of this route has just run: a call, a step of a generator, a promise of it that settled. To be called first of
   * all, before anything asks for the turn. About 60 ns where it looks at the clock.
   */
  mark(route: string): void {
    if (route !== this.#last) this.#follow(route);
    this.#marks += 1;
    if (this.#marks > exactMax && this.#marks % stride !== 0 && this.#turnNumber === this.#turn.now()) return;
    this.#stamp();
  }

  /**
   * The event loop was late by so much: to be called with every look at it. It is reported, without a route, if that is
   * too much and `mark` knows less than half of it; many handlers that take a little each are no block.
   */
  lag(ms: number): void {
    const knownMs = this.#knownMs;
    this.#knownMs = 0;
    if (ms > this.#blockedMs && knownMs * 2 < ms) this.#report(undefined, ms, this.#now());
  }

  #stamp(): void {
    // In this order: a turn that nobody asked for before did not start before this moment.
    const nowMs = this.#now();
    const turn = this.#turn.now();
    if (turn !== this.#turnNumber) {
      this.#turnNumber = turn;
      this.#marks = 1;
    }
    if (nowMs < this.#exactUntilMs) this.#marks = 0;
    let ms = nowMs - Math.max(this.#lastMs, this.#turn.startedMs);
    if (ms <= 0) ms = this.#sinceUnaskedStart(nowMs);
    this.#lastMs = nowMs;
    this.#knownMs += ms;
    if (ms > this.#blockedMs) this.#blocked(ms, nowMs);
    this.#last = undefined;
    this.#earlierCount = 0;
  }

  #follow(route: string): void {
    if (this.#last !== undefined) {
      this.#earlier[this.#earlierCount] = this.#last;
      this.#earlierCount += 1;
    }
    this.#last = route;
  }

  #blocked(ms: number, nowMs: number): void {
    const routes = [...new Set([...this.#earlier.slice(0, this.#earlierCount), this.#last as string])];
    if (routes.length > 1) this.#exactUntilMs = nowMs + exactMs;
    this.#report(routes.join(' or '), ms, nowMs);
  }

  /** @returns how long the event loop has been busy since the last mark, or since the turn before ended */
  #sinceUnaskedStart(nowMs: number): number {
    const ms = nowMs - Math.max(this.#lastMs, this.#endMs);
    // Most are short even with the waiting in them: asking how long the loop has waited would be for nothing.
    if (ms <= this.#blockedMs || this.#lastMs > this.#endMs) return ms;
    return Math.max(0, ms - (this.#idleMs() - this.#idleAtEndMs));
  }

  #report(route: string | undefined, ms: number, nowMs: number): void {
    let named = this.#named.get(route);
    if (named !== undefined && nowMs - named.atMs < quietMs) {
      named.leftOut += 1;
      return;
    }
    if (named === undefined) {
      named = { atMs: 0, leftOut: 0 };
      this.#forgetOldest();
      this.#named.set(route, named);
    }
    const { leftOut } = named;
    named.atMs = nowMs;
    named.leftOut = 0;
    this.#onBlocked({ route, ms, leftOut });
  }

  #forgetOldest(): void {
    if (this.#named.size < namedMax) return;
    for (const oldest of this.#named.keys()) {
      this.#named.delete(oldest);
      return;
    }
  }

  readonly #stampEnd = (): void => {
    if (this.#last !== undefined) this.#stamp();
    this.#endMs = this.#now();
    this.#idleAtEndMs = this.#idleMs();
    this.#end = setImmediate(this.#stampEnd).unref();
  };
}
