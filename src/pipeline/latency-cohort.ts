/**
 * Which attempts one window of an adaptive limit judges: those that started in it, judged when nine of ten are back. So
 * an attempt is never judged under another limit than its own, long handlers get long windows, and quick attempts do
 * not count for more because they are back first.
 */

/** Part of the cohort that has to be back. */
const backPart = 0.9;
/** Fewest samples anything is said about. */
const samplesLeast = 4;
/** Times its shortest length, or the latency, after which a window is judged though its samples scatter too much. */
const windowsOfPatience = 10;
const patienceMax = 2 ** 20;
const never = Number.MAX_SAFE_INTEGER;
const epochMax = 2 ** 30;
/** Epoch of attempts no window asks for. */
const uncounted = 0;

/** What the next cohort is to be like. */
interface LatencyCohortOptions {
  readonly windowMs: number;
  readonly samplesMin: number;
}

/** What is known of the cohort's latencies so far. */
interface CohortProgress {
  readonly count: number;
  readonly meanMs: number;
  /** Whether `count` would do, if it is `samplesLeast` at least. */
  readonly isClear: boolean;
  /** Whether it is so bad that the rest need not be waited for. */
  readonly isBad: boolean;
}

/** The cohort of the window that is open. */
export class LatencyCohort {
  /** Of the attempts that start now, if they count. */
  epoch = 1;
  /** Most slots in use since the window opened. */
  busyPeak = 0;
  /** When the window opened; -1 before the first. */
  begunMs = -1;
  /** Nothing has to be looked at before this time, unless as many as {@link awaited} are back. */
  lookAtMs = -1;
  awaited = never;
  readonly #options: LatencyCohortOptions;
  #isTaking = true;
  #started = 0;
  #startedMax = never;
  #needed = samplesLeast;
  #neededLeast = samplesLeast;
  #deadlineMs = never;
  /** Typical latency of the last window. */
  #meanMs = 0;
  /** By what patience is multiplied after windows of which nothing came back. */
  #patience = 1;

  constructor(options: LatencyCohortOptions) {
    this.#options = options;
  }

  /** An attempt starts. @returns the epoch it belongs to, 0 for none. O(1) */
  started(busy: number): number {
    if (busy > this.busyPeak) this.busyPeak = busy;
    if (!this.#isTaking) return uncounted;
    this.#started += 1;
    if (this.#started >= this.#startedMax) this.#close();
    return this.epoch;
  }

  /**
   * Opens a window for `slots` slots that needs `samples` to be precise enough; `fresh` of its slots are new. The mean
   * is that of the window before, 0 if it had none.
   */
  begin(nowMs: number, meanMs: number, needs: { slots: number; samples: number; fresh: number }): void {
    const { windowMs, samplesMin } = this.#options;
    if (meanMs > 0) this.#meanMs = Math.min(meanMs, never / 4);
    this.epoch = (this.epoch % epochMax) + 1;
    this.#isTaking = true;
    this.begunMs = nowMs;
    this.#started = 0;
    this.busyPeak = 0;
    this.awaited = never;
    this.#deadlineMs = never;
    this.#neededLeast = Math.min(samplesMin, Math.max(samplesLeast, 2 * needs.slots));
    this.#needed = Math.max(this.#neededLeast, needs.samples);
    this.#startedMax = never;
    // Attempts longer than a window make it long enough, and are counted as they start, not as they end. There has to be
    // one round of all slots then, as those that start first find the shortest line; or those slots that are new.
    if (this.#meanMs >= windowMs) {
      this.#needed = Math.max(this.#needed, needs.fresh);
      this.#startedMax = this.#needed;
    }
    this.lookAtMs = nowMs + Math.max(windowMs / 4, windowMs - this.#meanMs);
  }

  /** @returns whether to judge now, to go on, or to begin anew because next to nothing came back */
  look(nowMs: number, progress: CohortProgress): 'judge' | 'go on' | 'begin anew' {
    const { count } = progress;
    if (this.#isTaking && count >= samplesLeast && progress.isBad) return this.#ready();
    if (this.#isTaking) {
      this.lookAtMs = nowMs + this.#options.windowMs / 4;
      if (!this.#isEnough(nowMs, progress)) return 'go on';
      this.#close();
    }
    if (count >= this.awaited) return this.#ready();
    if (this.#deadlineMs === never) {
      const meanMs = Math.max(this.#meanMs, Math.min(progress.meanMs, never / 4));
      this.#deadlineMs = nowMs + Math.min(never / 4, (this.#options.windowMs + 3 * meanMs) * this.#patience);
    }
    this.lookAtMs = this.#deadlineMs;
    if (nowMs < this.#deadlineMs) return 'go on';
    if (count >= samplesLeast) return this.#ready();
    // Handlers are far slower than before, or fail, of which nothing is told.
    this.#patience = Math.min(2 * this.#patience, patienceMax);
    this.#deadlineMs = never;
    return this.#patience > 4 ? 'begin anew' : 'go on';
  }

  #ready(): 'judge' {
    this.#patience = 1;
    return 'judge';
  }

  #isEnough(nowMs: number, progress: CohortProgress): boolean {
    if (this.#started >= this.#needed) return true;
    if (progress.isClear && progress.count >= this.#neededLeast) return true;
    const patienceMs = windowsOfPatience * Math.max(this.#options.windowMs, this.#meanMs);
    return nowMs - this.begunMs >= patienceMs && this.#started >= samplesLeast;
  }

  #close(): void {
    this.#isTaking = false;
    this.awaited = Math.ceil(backPart * this.#started);
  }
}
