/**
 * How long attempts take, compared with how long they take when nothing queues: a baseline for each route, and the sums
 * of one window. The window's ratio is the time its attempts took, over the time they would have taken alone, so a
 * change in the mix of fast and slow routes is no change of latency.
 *
 * Means and not medians: by Little's law the mean is what grows with slots in proportion, even where most attempts find
 * a free place and a few wait twice as long. A latency counts as `clip` times its baseline at most, so that a pause of
 * the process or a single lost request weighs little.
 */

/** Routes told apart; those beyond share a baseline with another one, which is right as long as their mix is steady. */
const routesMax = 256;
const clip = 3;
/** Below this it is the noise of the process that is measured, and no backend. */
const latencyLeastMs = 0.01;
/** Samples of a route below which its own mean is not believed when all baselines move at once. */
const ownMeanMin = 4;
/** Memory of a baseline, in samples at least, and in windows like the one that is averaged in. */
const memorySamples = 64;
const memoryWindows = 8;

/** Baselines of all routes and the sums of the window that is open. 10 kB, nothing is allocated after construction. */
export class RouteLatencies {
  /** Latencies added in this window, also those of routes without a baseline. */
  count = 0;
  readonly #baselines = new Float64Array(routesMax);
  /** Samples behind each baseline. */
  readonly #behind = new Float64Array(routesMax);
  readonly #counts = new Float64Array(routesMax);
  readonly #sums = new Float64Array(routesMax);
  readonly #clipped = new Float64Array(routesMax);
  readonly #seen = new Uint8Array(routesMax);
  #seenCount = 0;
  /** Of routes with a baseline: samples, time they would have taken, time over it (clipped), its squares, all time. */
  #compared = 0;
  #expected = 0;
  #over = 0;
  #overSquared = 0;
  #taken = 0;
  /** Of the same samples: variance of their baselines, in parts of the variance of one sample. */
  #unsure = 0;

  /** One attempt took `latencyMs`; Infinity for one that never came back. NaN and negative ones are ignored. O(1). */
  add(route: number, latencyMs: number): void {
    if (!(latencyMs >= 0)) return;
    const takenMs = Math.max(latencyMs, latencyLeastMs);
    const index = route & (routesMax - 1);
    const counted = this.#counts[index] as number;
    if (counted === 0) {
      this.#seen[this.#seenCount] = index;
      this.#seenCount += 1;
    }
    this.count += 1;
    this.#counts[index] = counted + 1;
    this.#sums[index] = (this.#sums[index] as number) + takenMs;
    const baseline = this.#baselines[index] as number;
    if (baseline === 0) return;
    const clipped = Math.min(takenMs, clip * baseline);
    const over = clipped - baseline;
    this.#clipped[index] = (this.#clipped[index] as number) + clipped;
    this.#compared += 1;
    this.#expected += baseline;
    this.#over += over;
    this.#overSquared += over * over;
    this.#taken += takenMs;
    this.#unsure += 1 / (this.#behind[index] as number);
  }

  /** Time taken over time expected: 1 is as if alone, 3 at most; 1 as well while nothing can be compared. */
  get ratio(): number {
    return this.#expected > 0 ? 1 + this.#over / this.#expected : 1;
  }

  /** The same with nothing clipped. */
  get ratioWhole(): number {
    return this.#expected > 0 ? this.#taken / this.#expected : 1;
  }

  /** Variance of a single sample, as part of the square of their mean: 1 for exponential latencies. */
  get noise(): number {
    if (this.#compared < 2) return 0;
    const mean = (this.#expected + this.#over) / this.#compared;
    const squared = this.#overSquared / this.#compared - (this.#over / this.#compared) ** 2;
    return Math.max(0, squared) / (mean * mean);
  }

  /** Standard error of {@link ratio}, as part of it, with that of the baselines. */
  get error(): number {
    if (this.#compared < 2) return 0;
    return Math.sqrt((this.noise * (1 + this.#unsure)) / this.#compared);
  }

  /** Mean of this window, all routes together; 0 while there is none. Infinity where an attempt never came back. */
  get meanMs(): number {
    if (this.count === 0) return 0;
    let sum = 0;
    for (let at = 0; at < this.#seenCount; at += 1) sum += this.#sums[this.#seen[at] as number] as number;
    return sum / this.count;
  }

  /** Forgets the window, keeps the baselines. O(routes in the window). */
  clear(): void {
    for (let at = 0; at < this.#seenCount; at += 1) {
      const index = this.#seen[at] as number;
      this.#counts[index] = 0;
      this.#sums[index] = 0;
      this.#clipped[index] = 0;
    }
    this.#seenCount = 0;
    this.count = 0;
    this.#compared = 0;
    this.#expected = 0;
    this.#over = 0;
    this.#overSquared = 0;
    this.#taken = 0;
    this.#unsure = 0;
  }

  /** Routes of this window that have no baseline get one: their mean, less what the others say of queueing. */
  meet(): void {
    const queueing = Math.max(1, this.ratio);
    for (let at = 0; at < this.#seenCount; at += 1) {
      const index = this.#seen[at] as number;
      if (this.#baselines[index] === 0) this.#set(index, this.#mean(index) / queueing);
    }
  }

  /** Averages this window into the baselines of its routes, at most as if `windows` like it were behind them. */
  average(up: boolean, windows: number = memoryWindows): void {
    for (let at = 0; at < this.#seenCount; at += 1) {
      const index = this.#seen[at] as number;
      const behindMax = Math.max(
        windows < memoryWindows ? 0 : memorySamples,
        windows * (this.#counts[index] as number),
      );
      this.#average(index, up, behindMax);
    }
  }

  /** Averages this window into those baselines that have fewer than `enough` samples behind them yet. */
  ripen(enough: number): void {
    for (let at = 0; at < this.#seenCount; at += 1) {
      const index = this.#seen[at] as number;
      const behindMax = Math.max(memorySamples, memoryWindows * (this.#counts[index] as number));
      if ((this.#behind[index] as number) < Math.min(enough, behindMax)) this.#average(index, true, behindMax);
    }
  }

  #average(index: number, up: boolean, behindMax: number): void {
    const baseline = this.#baselines[index] as number;
    const count = this.#counts[index] as number;
    const mean = (this.#clipped[index] as number) / count;
    if (baseline === 0 || mean === 0 || (mean > baseline && !up)) return;
    const behind = Math.min(this.#behind[index] as number, behindMax);
    this.#baselines[index] = baseline + ((mean - baseline) * count) / (count + behind);
    this.#behind[index] = Math.min(behind + count, behindMax + count);
  }

  /** What this window shows becomes the baseline: its routes have another backend now. */
  relearn(): void {
    const ratio = this.ratioWhole;
    for (let at = 0; at < this.#seenCount; at += 1) {
      const index = this.#seen[at] as number;
      const baseline = this.#baselines[index] as number;
      const isScarce = baseline > 0 && (this.#counts[index] as number) < ownMeanMin;
      this.#set(index, isScarce ? baseline * ratio : this.#mean(index));
    }
  }

  #mean(index: number): number {
    return (this.#sums[index] as number) / (this.#counts[index] as number);
  }

  #set(index: number, baselineMs: number): void {
    if (!(baselineMs > 0 && baselineMs < Number.MAX_SAFE_INTEGER)) return;
    this.#baselines[index] = baselineMs;
    this.#behind[index] = this.#counts[index] as number;
  }

  /** Latency of a route when nothing queues, as far as known; 0 before. */
  baselineMs(route: number): number {
    return this.#baselines[route & (routesMax - 1)] as number;
  }
}
