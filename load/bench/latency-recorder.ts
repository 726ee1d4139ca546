/**
 * Latencies of one class of events, and of each interval of a run, in HDR histograms: bounded memory, 0.1 % (intervals:
 * 1 %) of relative error at any value, and they merge exactly over processes. Values are whole microseconds.
 */
import * as hdr from 'hdr-histogram-js';
import type { LatencyCurve, LatencySummary, Series } from '../report/bench-run.js';

/** Ten minutes: what takes longer is recorded as that. */
const microsecondsMax = 600_000_000;
const msPerS = 1000;

/** What crosses a process border. */
export interface RecordedClass {
  readonly name: string;
  sent: number;
  ok: number;
  onTime: number;
  latency: string;
  service: string;
  /** Longest time without a success. */
  gapMsMax: number;
}

/** One class of events. */
export class ClassRecorder {
  readonly name: string;
  sent = 0;
  ok = 0;
  /** Of these, within the deadline. */
  onTime = 0;
  readonly latency = histogram(3);
  readonly service = histogram(3);
  gapMsMax = 0;
  #lastMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** A success came, or the measured part is over. @param atMs since the measured part began, never falling */
  seen(atMs: number): void {
    this.gapMsMax = Math.max(this.gapMsMax, atMs - this.#lastMs);
    this.#lastMs = atMs;
  }

  /** A success. */
  done(latencyMs: number, serviceMs: number, isOnTime: boolean): void {
    this.ok += 1;
    if (isOnTime) this.onTime += 1;
    record(this.latency, latencyMs);
    record(this.service, serviceMs);
  }

  add(other: RecordedClass): void {
    this.sent += other.sent;
    this.ok += other.ok;
    this.onTime += other.onTime;
    this.gapMsMax = Math.max(this.gapMsMax, other.gapMsMax);
    this.latency.add(hdr.decodeFromCompressedBase64(other.latency));
    this.service.add(hdr.decodeFromCompressedBase64(other.service));
  }

  /** Everything of another recorder of this process. */
  addAll(other: ClassRecorder): void {
    this.sent += other.sent;
    this.ok += other.ok;
    this.onTime += other.onTime;
    this.latency.add(other.latency);
    this.service.add(other.service);
  }

  encoded(): RecordedClass {
    return {
      name: this.name,
      sent: this.sent,
      ok: this.ok,
      onTime: this.onTime,
      latency: hdr.encodeIntoCompressedBase64(this.latency),
      service: hdr.encodeIntoCompressedBase64(this.service),
      gapMsMax: this.gapMsMax,
    };
  }
}

export interface RecordedIntervals {
  readonly intervalMs: number;
  readonly offered: readonly number[];
  readonly done: readonly number[];
  readonly latency: readonly string[];
}

/** What happened when. Intervals before the first and behind the last are not kept. */
export class IntervalRecorder {
  readonly #intervalMs: number;
  readonly #offered: number[];
  readonly #done: number[];
  readonly #latency: hdr.Histogram[];

  constructor(durationMs: number, intervals: number) {
    this.#intervalMs = durationMs / intervals;
    this.#offered = new Array(intervals).fill(0);
    this.#done = new Array(intervals).fill(0);
    this.#latency = Array.from({ length: intervals }, () => histogram(2));
  }

  /** @param atMs since the measured part began */
  offered(atMs: number): void {
    const index = Math.floor(atMs / this.#intervalMs);
    if (index >= 0 && index < this.#offered.length) this.#offered[index] = (this.#offered[index] as number) + 1;
  }

  /** @param atMs of the outcome */
  done(atMs: number, latencyMs: number): void {
    const index = Math.floor(atMs / this.#intervalMs);
    if (index < 0 || index >= this.#done.length) return;
    this.#done[index] = (this.#done[index] as number) + 1;
    record(this.#latency[index] as hdr.Histogram, latencyMs);
  }

  add(other: RecordedIntervals): void {
    for (const [index, offered] of other.offered.entries()) {
      this.#offered[index] = (this.#offered[index] as number) + offered;
      this.#done[index] = (this.#done[index] as number) + (other.done[index] as number);
      this.#latency[index]?.add(hdr.decodeFromCompressedBase64(other.latency[index] as string));
    }
  }

  encoded(): RecordedIntervals {
    const latency = this.#latency.map((each) => hdr.encodeIntoCompressedBase64(each));
    return { intervalMs: this.#intervalMs, offered: this.#offered, done: this.#done, latency };
  }

  series(): Series {
    const perS = (count: number): number => (count * msPerS) / this.#intervalMs;
    return {
      atMs: this.#offered.map((_, index) => (index + 1) * this.#intervalMs),
      offeredPerS: this.#offered.map(perS),
      donePerS: this.#done.map(perS),
      p50Ms: this.#latency.map((each) => each.getValueAtPercentile(50) / msPerS),
      p99Ms: this.#latency.map((each) => each.getValueAtPercentile(99) / msPerS),
    };
  }
}

/** An empty histogram. @param digits significant decimal digits of its values */
export function histogram(digits: 1 | 2 | 3): hdr.Histogram {
  return hdr.build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 2,
    numberOfSignificantValueDigits: digits,
  });
}

/** Adds one time; below 1 µs it is recorded as that. */
export function record(into: hdr.Histogram, ms: number): void {
  into.recordValue(Math.min(microsecondsMax, Math.max(1, Math.round(ms * msPerS))));
}

export function summary(of: hdr.Histogram): LatencySummary {
  const at = (percentile: number): number => of.getValueAtPercentile(percentile) / msPerS;
  const count = of.totalCount;
  if (count === 0) return { count, meanMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 };
  return {
    count,
    meanMs: of.mean / msPerS,
    p50Ms: at(50),
    p90Ms: at(90),
    p99Ms: at(99),
    p999Ms: at(99.9),
    maxMs: of.maxValue / msPerS,
  };
}

const curvePercentiles = [
  0, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97, 98, 99, 99.5, 99.7, 99.9, 99.95, 99.97, 99.99, 99.995,
  99.999,
];

/** Both histograms over the percentiles that as many values can tell apart. */
export function curve(latency: hdr.Histogram, service: hdr.Histogram): LatencyCurve {
  const percentiles = curvePercentiles.filter(
    (percentile) => percentile <= 50 || latency.totalCount * (1 - percentile / 100) >= 1,
  );
  return {
    percentiles,
    latencyMs: percentiles.map((percentile) => latency.getValueAtPercentile(percentile) / msPerS),
    serviceMs: percentiles.map((percentile) => service.getValueAtPercentile(percentile) / msPerS),
  };
}
