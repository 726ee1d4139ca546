/**
 * Finds how many attempts a backend serves at once: the most slots at which attempts take hardly longer than alone. A
 * gradient controller in the manner of Gradient2 (Netflix, concurrency-limits) and of Envoy's adaptive concurrency
 * filter. Different from both: latency is compared route by route, the baseline does not follow latency, and a limit is
 * judged by attempts that ran under it only. With few samples that scatter a lot it moves slower, and is less exact.
 */
import { LatencyCohort } from './latency-cohort.js';
import { LimitFall } from './limit-fall.js';
import { RouteLatencies } from './route-latencies.js';

/** Bounds and pace of a limit: `slots` of a pipeline and the section `adaptive`. */
export interface AdaptiveLimitOptions {
  readonly min: number;
  readonly max: number;
  readonly windowMs: number;
  /** While there are few slots, two for each do, but 4; and harm beyond doubt needs only 4. */
  readonly samplesMin: number;
  readonly tolerancePercent: number;
  readonly growthPercent: number;
  readonly probeEveryMs: number;
}

/** A probe runs at this part of the limit; a window that used less of it is one by itself. */
const probePart = 0.75;
/** Ratio below which the backend got faster, and up to which a probe may raise a baseline. */
const fasterBelow = 0.8;
const slowerUpTo = 1.25;
/** Smallest growth, in slots. */
const growthLeast = 0.25;
/** Windows without harm, at more slots than did harm before, after which growth doubles with each. */
const cleanWindows = 3;
/** Windows of unclear harm in a quick start that only make the baseline surer. */
const doubtsMax = 3;
/** Weight of one window in what is known of how latencies scatter. */
const noiseWeight = 0.3;

/** The limit of one pipeline. Has no clock and no timers: it moves only in {@link finished}. */
export class AdaptiveLimit {
  /** Slots to use now: a whole number from min to max. */
  slots: number;
  readonly #options: AdaptiveLimitOptions;
  readonly #tolerance: number;
  readonly #growth: number;
  readonly #cohort: LatencyCohort;
  readonly #latencies = new RouteLatencies();
  readonly #fall = new LimitFall();
  /** The limit with its fraction. */
  #limit: number;
  #isProbe = false;
  #nextProbeMs = -1;
  #noise = 0;
  /** By which part the limit moved, or was to move: a small step has to be looked at more closely than a large one. */
  #lastMove = 1;
  #lastRatio = 1;
  /** Fewest slots at which harm was seen lately. */
  #harmAt: number;
  #clean = 0;
  #doubts = 0;
  #aboveLeastMs = 0;

  constructor(options: AdaptiveLimitOptions) {
    this.#options = options;
    this.#tolerance = options.tolerancePercent / 100;
    this.#growth = options.growthPercent / 100;
    this.#cohort = new LatencyCohort(options);
    this.#limit = options.min;
    this.slots = options.min;
    this.#harmAt = 2 * options.max;
  }

  /** Latency of a route when nothing queues, in ms, as far as known; 0 before. For metrics. */
  baselineMs(route: number): number {
    return this.#latencies.baselineMs(route);
  }

  /** An attempt starts, `busy` slots are in use with it. @returns the epoch to hand back to {@link finished} */
  started(busy: number): number {
    return this.#cohort.started(busy);
  }

  /**
   * An attempt has taken `latencyMs` (fractional; for a timeout the time it had, or Infinity, which is never mistaken
   * for how slow the backend is). Failures are not told: a quick one says nothing.
   * @returns true when `slots` has changed. O(1), at the end of a window O(routes in it)
   */
  finished(route: number, epoch: number, latencyMs: number, nowMs: number): boolean {
    const cohort = this.#cohort;
    if (epoch === cohort.epoch) this.#latencies.add(route, latencyMs);
    if (nowMs < cohort.lookAtMs && this.#latencies.count < cohort.awaited) return false;
    return this.#look(nowMs);
  }

  #look(nowMs: number): boolean {
    const latencies = this.#latencies;
    if (this.#cohort.begunMs < 0) {
      this.#nextProbeMs = nowMs + this.#options.probeEveryMs;
      this.#aboveLeastMs = nowMs;
      this.#begin(nowMs);
      return false;
    }
    const { count, meanMs, ratio, error } = latencies;
    const isClear = Math.abs(ratio - 1 - this.#tolerance) > 2.5 * error;
    // So bad that it is so whatever the others say: the slow ones come last.
    const isBad = ratio * (1 - 4 * error) > 1 + 4 * this.#tolerance;
    const verdict = this.#cohort.look(nowMs, { count, meanMs, isClear, isBad });
    if (verdict === 'go on') return false;
    const before = this.slots;
    if (verdict === 'judge' && this.#options.min < this.#options.max) this.#judge(nowMs);
    this.#begin(nowMs);
    return this.slots !== before;
  }

  #begin(nowMs: number): void {
    const precision = this.#precision();
    const samples = Math.ceil(this.#noise / (precision * precision));
    const fresh = this.#lastMove >= 1 ? this.slots >> 1 : this.slots;
    this.#cohort.begin(nowMs, this.#latencies.meanMs, { slots: this.slots, samples, fresh });
    this.#latencies.clear();
  }

  /** Far below where harm was seen, or never saw any: the limit doubles. */
  get #isStarting(): boolean {
    return this.#limit < this.#harmAt / 2;
  }

  /** Standard error to strive for. */
  #precision(): number {
    const finest = this.#tolerance / 2;
    return this.#isProbe ? finest : Math.max(finest, (this.#isStarting ? 1 : this.#lastMove) / 8);
  }

  #judge(nowMs: number): void {
    const latencies = this.#latencies;
    const { ratio, error } = latencies;
    this.#noise += noiseWeight * (latencies.noise - this.#noise);
    const wasProbe = this.#isProbe;
    const isIdle = this.#cohort.busyPeak < probePart * this.slots;
    this.#isProbe = false;
    if (ratio < fasterBelow && ratio * (1 + 2 * error) < (1 + fasterBelow) / 2) this.#restart(wasProbe, nowMs);
    else if (wasProbe || isIdle) this.#learn(wasProbe, nowMs);
    else this.#move(ratio, error, nowMs);
    latencies.meet();
    this.#use(nowMs, isIdle);
  }

  /** The backend got faster; or, seen in a probe, queueing had been taken for its latency. */
  #restart(wasProbe: boolean, nowMs: number): void {
    this.#latencies.relearn();
    this.#fall.end();
    this.#lastRatio = 1;
    if (!wasProbe) this.#forgetHarm();
    this.#nextProbeMs = wasProbe ? this.#soon(nowMs) : nowMs;
  }

  /** A window below the limit shows what attempts take alone. */
  #learn(wasProbe: boolean, nowMs: number): void {
    const { ratio, error } = this.#latencies;
    const isDue = wasProbe || nowMs >= this.#nextProbeMs;
    // In queueing latency falls with the slots: half of that is the border. Then even the probe queued.
    const isAlone = !wasProbe || ratio > this.#lastRatio * (1 - (1 - probePart) / 2);
    // What differs by more than chance counts for as much as all that was known.
    const windows = Math.abs(ratio - 1) > 2 * error ? 1 : undefined;
    this.#latencies.average(isDue && isAlone && ratio < slowerUpTo, windows);
    if (isDue) this.#nextProbeMs = isAlone ? nowMs + this.#options.probeEveryMs : this.#soon(nowMs);
  }

  /** When to probe again after a change: a few windows, in which the limit can move. */
  #soon(nowMs: number): number {
    return nowMs + 3 * Math.max(this.#options.windowMs, nowMs - this.#cohort.begunMs);
  }

  /** Sets the slots of the next window. */
  #use(nowMs: number, isIdle: boolean): void {
    const { min, max, probeEveryMs } = this.#options;
    this.#limit = Math.min(max, Math.max(min, this.#limit));
    this.slots = Math.floor(this.#limit);
    if (isIdle || this.slots > min) this.#aboveLeastMs = nowMs;
    // So long at `min` under load: whatever led there is worth another try.
    if (nowMs - this.#aboveLeastMs > probeEveryMs) {
      this.#aboveLeastMs = nowMs;
      this.#forgetHarm();
    }
    if (isIdle || nowMs < this.#nextProbeMs) return;
    const probed = Math.max(min, Math.floor(probePart * this.slots));
    this.#isProbe = probed < this.slots;
    if (this.#isProbe) this.slots = probed;
    else this.#nextProbeMs = nowMs + probeEveryMs;
  }

  #move(ratio: number, error: number, nowMs: number): void {
    this.#lastRatio = ratio;
    const over = ratio - 1 - this.#tolerance;
    const isStarting = this.#isStarting;
    const isClear = Math.abs(over) > (over > 0 ? 3 : 1.5) * error;
    // Few samples are behind the first baseline: better to look again than to end the quick start by chance.
    if (over > 0 && isStarting && !isClear && this.#doubts < doubtsMax) {
      this.#doubts += 1;
      this.#latencies.average(true);
      return;
    }
    this.#doubts = 0;
    // Where samples are few and scatter, a verdict moves the limit less, up and down alike: noise must not push it.
    const gain = isClear ? 1 : Math.min(1, (Math.max(this.#precision(), 1.5 * this.#tolerance) / error) ** 2);
    const slots = this.slots;
    if (over > 0) this.#lower((1 + this.#tolerance) / ratio, { gain, isClear }, nowMs);
    else if (this.#cohort.busyPeak >= slots) this.#raise(ratio, isStarting, gain);
    // What cannot be told from the baseline makes a young one surer; not so an old one, or it would drift.
    if (slots < this.#harmAt && Math.abs(ratio - 1) < 2 * error) {
      this.#latencies.ripen(this.#noise / (this.#tolerance / 4) ** 2);
    }
  }

  #raise(ratio: number, isStarting: boolean, gain: number): void {
    // Full growth up to half of the tolerance, none at all of it: so it comes to rest instead of swinging.
    const room = Math.min(1, Math.max(0, (1 + this.#tolerance - ratio) / (this.#tolerance / 2)));
    if (room === 1) this.#fall.end();
    else this.#fall.pause();
    const before = this.#limit;
    if (isStarting) {
      this.#latencies.average(true);
      this.#limit = Math.max(before + growthLeast, Math.min(2 * before, this.#harmAt / 2));
    } else {
      this.#clean = this.slots >= this.#harmAt && room === 1 ? this.#clean + 1 : 0;
      const step = Math.max(growthLeast, this.#growth * before) * 2 ** Math.max(0, this.#clean - cleanWindows);
      this.#limit = before + Math.min(before, step * room * gain);
    }
    this.#lastMove = this.#limit / before - 1;
  }

  #lower(part: number, certainty: { gain: number; isClear: boolean }, nowMs: number): void {
    const { min } = this.#options;
    this.#clean = 0;
    const factor = Math.max(0.5, part) ** certainty.gain;
    this.#lastMove = 1 - factor;
    const window = { slots: this.slots, ratio: this.#latencies.ratioWhole, isLeast: this.slots <= min };
    const cause = this.#fall.add(window, this.#limit);
    if (cause === 'queueing') {
      // Harm at `min` says nothing of how many are too many.
      if (this.slots > min) this.#harmAt = this.slots;
      // With few slots the fraction is much: chance must not take it.
      this.#limit = Math.min(this.#limit, certainty.isClear ? this.slots : this.#limit) * factor;
      return;
    }
    this.#latencies.relearn();
    this.#lastRatio = 1;
    this.#nextProbeMs = this.#soon(nowMs);
    if (cause === 'lost') {
      this.#forgetHarm();
      return;
    }
    this.#limit = this.#fall.from;
    this.#harmAt = this.#fall.from;
    this.#fall.end();
  }

  /** Nothing is known of what this backend bears: quick start. */
  #forgetHarm(): void {
    this.#harmAt = 2 * this.#options.max;
    this.#fall.end();
    this.#lastMove = 1;
    this.#clean = 0;
  }
}
