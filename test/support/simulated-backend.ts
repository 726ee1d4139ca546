/**
 * A backend in simulated time, and clients that keep the slots of an {@link AdaptiveLimit} as busy as they can. It
 * serves `places` attempts at once, each in its service time; beyond that they wait in line, or share its speed.
 */
import type { AdaptiveLimit } from '../../src/pipeline/adaptive-limit.js';

/** How the service time of an attempt is drawn; each is `serviceMs` on average, and `jittery` up to 1 ms longer. */
export type Noise = 'none' | 'jittery' | 'spread' | 'exponential';

/** One kind of request: `share` of all, on average. */
export interface Kind {
  readonly route: number;
  readonly serviceMs: number;
  readonly share: number;
}

interface Attempt {
  readonly kind: Kind;
  readonly epoch: number;
  readonly startedMs: number;
  readonly work: number;
}

interface Due {
  readonly at: number;
  readonly attempt: Attempt;
}

/** Deterministic numbers from 0 to 1 (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class DueHeap {
  readonly #items: Due[] = [];

  get first(): Due | undefined {
    return this.#items[0];
  }

  push(due: Due): void {
    const items = this.#items;
    let at = items.length;
    items.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as Due).at <= due.at) break;
      items[at] = items[parent] as Due;
      at = parent;
    }
    items[at] = due;
  }

  pop(): Due | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as Due).at < (items[child] as Due).at) child += 1;
      if ((items[child] as Due).at >= last.at) break;
      items[at] = items[child] as Due;
      at = child;
    }
    items[at] = last;
    return first;
  }
}

/** Fields may be changed between calls of {@link run}: what starts from then on sees them. */
export class SimulatedBackend {
  nowMs = 0;
  places: number;
  kinds: readonly Kind[];
  noise: Noise = 'jittery';
  /** Attempts share the speed of the backend beyond `places`, instead of waiting in line. */
  isShared = false;
  /** Requests there are at a time, at most: as many as there are slots if it is not set. */
  clients = Number.MAX_SAFE_INTEGER;
  /** Time from the end of a request to the next one of the same client, if there are fewer clients than slots. */
  thinkMs = 0;
  /** After this time an attempt counts as timed out; its place stays taken. */
  timeoutMs = Number.MAX_SAFE_INTEGER;
  finishedCount = 0;
  readonly #limit: AdaptiveLimit;
  readonly #random: () => number;
  readonly #serving = new DueHeap();
  #waiting: Attempt[] = [];
  #waitingFrom = 0;
  #servingCount = 0;
  #busy = 0;
  /** Service given to each attempt so far, in ms: runs slower than time when the speed is shared. */
  #given = 0;
  #thinkingUntilMs = 0;

  constructor(limit: AdaptiveLimit, options: { places: number; kinds: readonly Kind[]; seed: number }) {
    this.#limit = limit;
    this.places = options.places;
    this.kinds = options.kinds;
    this.#random = seededRandom(options.seed);
  }

  /** Simulates `ms`, and calls `onChange` with the time after each change of the slots. */
  run(ms: number, onChange?: (nowMs: number) => void): void {
    const endMs = this.nowMs + ms;
    this.#startAll();
    for (;;) {
      const speed = this.isShared ? Math.min(1, this.places / Math.max(1, this.#servingCount)) : 1;
      const due = this.#serving.first;
      const dueMs = due === undefined ? Number.MAX_SAFE_INTEGER : this.nowMs + (due.at - this.#given) / speed;
      const nextMs = this.#isThinking ? Math.min(dueMs, this.#thinkingUntilMs) : dueMs;
      if (nextMs > endMs) {
        this.#given += (endMs - this.nowMs) * speed;
        this.nowMs = endMs;
        return;
      }
      this.#given += (nextMs - this.nowMs) * speed;
      this.nowMs = nextMs;
      if (nextMs === dueMs && due !== undefined) this.#finish(due, onChange);
      this.#startAll();
    }
  }

  get #isThinking(): boolean {
    return this.thinkMs > 0 && this.nowMs < this.#thinkingUntilMs;
  }

  #finish(due: Due, onChange: ((nowMs: number) => void) | undefined): void {
    this.#serving.pop();
    this.#servingCount -= 1;
    this.#busy -= 1;
    this.finishedCount += 1;
    this.#given = Math.max(this.#given, due.at);
    const { attempt } = due;
    this.#serveWaiting();
    if (this.thinkMs > 0) this.#thinkingUntilMs = this.nowMs + this.thinkMs;
    const latencyMs = Math.min(this.timeoutMs, this.nowMs - attempt.startedMs);
    if (this.#limit.finished(attempt.kind.route, attempt.epoch, latencyMs, this.nowMs)) onChange?.(this.nowMs);
  }

  #startAll(): void {
    if (this.#isThinking) return;
    while (this.#busy < this.#limit.slots && this.#busy < this.clients) {
      this.#busy += 1;
      const kind = this.#draw();
      const epoch = this.#limit.started(this.#busy);
      this.#waiting.push({ kind, epoch, startedMs: this.nowMs, work: this.#work(kind.serviceMs) });
      this.#serveWaiting();
    }
  }

  #serveWaiting(): void {
    while (this.#waitingFrom < this.#waiting.length && (this.isShared || this.#servingCount < this.places)) {
      const attempt = this.#waiting[this.#waitingFrom] as Attempt;
      this.#waitingFrom += 1;
      this.#servingCount += 1;
      this.#serving.push({ at: this.#given + attempt.work, attempt });
    }
    if (this.#waitingFrom < 1024) return;
    this.#waiting = this.#waiting.slice(this.#waitingFrom);
    this.#waitingFrom = 0;
  }

  #draw(): Kind {
    let left = this.#random();
    for (const kind of this.kinds) {
      left -= kind.share;
      if (left < 0) return kind;
    }
    return this.kinds[0] as Kind;
  }

  #work(serviceMs: number): number {
    if (this.noise === 'none') return serviceMs;
    if (this.noise === 'jittery') return serviceMs + this.#random();
    if (this.noise === 'spread') return serviceMs * (0.7 + 0.6 * this.#random());
    return -serviceMs * Math.log(1 - this.#random());
  }
}
