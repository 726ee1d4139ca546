/** What one run of a scenario found, as it is written to `load/results/`: plain JSON, read by the report and by `--compare`. */
import type { Verdict } from '../audit/verdict.js';
import type { Machine } from './machine.js';

/** Latencies of many events, in milliseconds. All 0 when there were none. */
export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** The same as curves over the percentiles: three arrays of one length. */
export interface LatencyCurve {
  /** 0 to 99.999, rising. */
  readonly percentiles: readonly number[];
  /** From the time the event was due to be sent. */
  readonly latencyMs: readonly number[];
  /** From the time it was sent: what a closed loop would show. */
  readonly serviceMs: readonly number[];
}

/** What happened over time: arrays of one length, an entry per interval. */
export interface Series {
  /** End of the interval, in milliseconds since the measured part of the run began. */
  readonly atMs: readonly number[];
  readonly offeredPerS: readonly number[];
  readonly donePerS: readonly number[];
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

/** A part of the events that is looked at by itself: a priority, a tenant, a slow reader. */
export interface EventClass {
  readonly name: string;
  readonly sent: number;
  readonly ok: number;
  readonly donePerS: number;
  readonly latency: LatencySummary;
}

/** One load level of a run. */
export interface BenchPoint {
  /** What this level is, such as `2,000/s`. */
  readonly label: string;
  /** Events that were due per second; 0 in a closed loop, where the server sets the pace. */
  readonly offeredPerS: number;
  readonly sent: number;
  readonly ok: number;
  /** Error code, with its reason where it has one (`resource_exhausted/credit`), and how often. */
  readonly failed: Readonly<Record<string, number>>;
  readonly unanswered: number;
  /** Outcomes per second that were a success. */
  readonly donePerS: number;
  /** Of these, per second, those within the deadline of the scenario; the same where there is none. */
  readonly goodputPerS: number;
  /** From the time the event was due. */
  readonly latency: LatencySummary;
  /** From the time it was sent. */
  readonly service: LatencySummary;
  readonly curve: LatencyCurve;
  readonly series: Series;
  readonly classes: readonly EventClass[];
  readonly generator: GeneratorHealth;
  readonly server: ServerCost | undefined;
}

/** Whether the load tool could keep up with itself. */
export interface GeneratorHealth {
  /** Share of one core that the busiest client process used. */
  readonly cpuShare: number;
  /** How late events left after they were due because the generator itself was behind, in milliseconds. */
  readonly lagP99Ms: number;
  /** The figures say more about the generator than about the server: the run is not valid. */
  readonly isBottleneck: boolean;
}

/** Undefined where the target is not a process of this machine. */
export interface ServerCost {
  readonly cpuUsPerEvent: number;
  readonly rssBytesMax: number;
}

/** One run, whole. */
export interface BenchRun {
  readonly format: 'sluice-bench/1';
  readonly scenario: string;
  /** Name of the server, or the address it was reached at. */
  readonly target: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly seed: number;
  /** The command that gives it again. */
  readonly command: string;
  /** Connections, encoding, arrivals and whatever else was chosen, for people. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly machine: Machine;
  readonly points: readonly BenchPoint[];
  readonly verdict: Verdict;
  /** Why the figures may not be used; empty for a valid run. */
  readonly invalid: readonly string[];
}
