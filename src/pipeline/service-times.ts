/**
 * How long the handlers of each route take: mean and mean deviation, both smoothed, as TCP keeps them for its
 * retransmission timer (Jacobson, 1988; RFC 6298). For the question whether an event could still be done in time.
 */

const meanShare = 1 / 8;
const deviationShare = 1 / 4;
/** Nearly all calls end within the mean and so many deviations. */
const deviations = 2;
/** Milliseconds after which a figure is too old to turn events away with: a handler that was slow may be well again. */
const validMs = 1000;

export class ServiceTimes {
  readonly #means: number[] = [];
  readonly #deviations: number[] = [];
  readonly #heardAtMs: number[] = [];

  /** A call of the route has taken so long. O(1). */
  took(route: number, ms: number, nowMs: number): void {
    const mean = this.#means[route];
    if (mean === undefined) {
      this.#means[route] = ms;
      this.#deviations[route] = ms / 2;
    } else {
      const off = ms - mean;
      this.#means[route] = mean + off * meanShare;
      const deviation = this.#deviations[route] as number;
      this.#deviations[route] = deviation + (Math.abs(off) - deviation) * deviationShare;
    }
    this.#heardAtMs[route] = nowMs;
  }

  /** Milliseconds in which nearly every call of the route ends; 0 when nothing is known of late. */
  expectedMs(route: number, nowMs: number): number {
    const heardAtMs = this.#heardAtMs[route];
    if (heardAtMs === undefined || nowMs - heardAtMs > validMs) return 0;
    return (this.#means[route] as number) + deviations * (this.#deviations[route] as number);
  }
}
