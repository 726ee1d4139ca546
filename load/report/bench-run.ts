/** What one run of a scenario found, as it is written to `load/results/`: plain JSON, read by the report and by `--compare`. */
import type { Verdict } from '../audit/verdict.js';
import type { Check } from './check.js';
import type { Machine } from './machine.js';
import type { Summary } from './statistics.js';

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
  /** Longest time of the measured part in which no success came. Absent in runs of versions that did not look. */
  readonly gapMsMax?: number | undefined;
}

/** What was looked at again and again while a level ran: arrays of one length. */
export interface Samples {
  /** Milliseconds since the measured part began, rising. */
  readonly atMs: readonly number[];
  /** Name → values: `slots`, `waiting` and `capacity` in events, `rss` in MiB, `window` in events per session. */
  readonly of: Readonly<Record<string, readonly number[]>>;
}

/** What became of clients that behave badly. */
export interface HostileClients {
  /** How they behave. */
  readonly name: string;
  /** Connections at a time, and all that were opened, since a closed one comes again. */
  readonly connections: number;
  readonly opened: number;
  /** Close code, or `1006` without one, and how often. */
  readonly closed: Readonly<Record<string, number>>;
  readonly bytesWritten: number;
}

/** One load level of a run. */
export interface BenchPoint {
  /** What this level is, such as `2,000/s`. */
  readonly label: string;
  /** Which of several servers or loads that are compared; absent where there is one. */
  readonly arm?: string | undefined;
  /** Of the rate of the scenario. */
  readonly factor?: number | undefined;
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
  /** Over all repetitions; the figures are those of the one in the middle. */
  readonly goodputSpread?: Summary | undefined;
  /** A series for each thing that was sampled, each with times of its own. */
  readonly samples?: readonly Samples[] | undefined;
  /** Events whose handler began after their deadline; absent where handlers do not say. */
  readonly startedLate?: number | undefined;
  readonly hostile?: readonly HostileClients[] | undefined;
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
  /** Of all arms, level by level. */
  readonly points: readonly BenchPoint[];
  /** Goals the scenario has, and what was found. */
  readonly checks?: readonly Check[] | undefined;
  readonly verdict: Verdict;
  /** Why the figures may not be used; empty for a valid run. */
  readonly invalid: readonly string[];
}
