/** What is known of a load level, one figure each: the columns of a report, and the lines of a comparison. */
import type { BenchPoint, LatencySummary } from '../report/bench-run.js';
import { count, mebibytes, percent, precise } from './figures.js';

/** One figure of a load level. */
export interface Metric {
  /** What the figure is about; neighbours with the same group share a heading. */
  readonly group: string;
  /** Within its group; empty for a group with one figure. */
  readonly name: string;
  /** Which way is better, where one is. */
  readonly better?: 'higher' | 'lower';
  /** Undefined where it was not measured. */
  readonly of: (point: BenchPoint) => number | undefined;
  readonly text: (value: number) => string;
}

interface LatencyFigure {
  readonly name: string;
  readonly of: (latency: LatencySummary) => number;
}

/** The figures of a latency summary, in milliseconds, in the order in which they are shown. */
export const latencyFigures: readonly LatencyFigure[] = [
  { name: 'mean', of: ({ meanMs }) => meanMs },
  { name: 'p50', of: ({ p50Ms }) => p50Ms },
  { name: 'p90', of: ({ p90Ms }) => p90Ms },
  { name: 'p99', of: ({ p99Ms }) => p99Ms },
  { name: 'p99.9', of: ({ p999Ms }) => p999Ms },
  { name: 'max', of: ({ maxMs }) => maxMs },
];

/** The group of the latencies that count from the time an event was due. */
export const dueLatency = 'latency from due time, ms';
const sentLatency = 'latency from sending, ms';

const events = 'events';
const perSecond = 'per second';

/** In the order in which they are shown. */
export const metrics: readonly Metric[] = [
  { group: perSecond, name: 'offered', of: ({ offeredPerS }) => offeredPerS || undefined, text: precise },
  { group: perSecond, name: 'done', better: 'higher', of: ({ donePerS }) => donePerS, text: precise },
  { group: perSecond, name: 'goodput', better: 'higher', of: ({ goodputPerS }) => goodputPerS, text: precise },
  { group: events, name: 'sent', of: ({ sent }) => sent, text: count },
  { group: events, name: 'ok', of: ({ ok }) => ok, text: count },
  { group: events, name: 'unanswered', better: 'lower', of: ({ unanswered }) => unanswered, text: count },
  { group: events, name: 'failed', better: 'lower', of: failedCount, text: count },
  ...latencyMetrics(dueLatency, ({ latency }) => latency),
  { group: 'generator', name: 'lag p99, ms', of: ({ generator }) => generator.lagP99Ms, text: precise },
  { group: 'generator', name: 'CPU', of: ({ generator }) => generator.cpuShare, text: percent },
  {
    group: 'server',
    name: 'CPU, µs/event',
    better: 'lower',
    of: ({ server }) => server?.cpuUsPerEvent,
    text: precise,
  },
  { group: 'server', name: 'RSS, MiB', better: 'lower', of: ({ server }) => server?.rssBytesMax, text: mebibytes },
];

/** The closed-loop figures: what a client would see that sends only when the server is ready for it. */
export const sentMetrics: readonly Metric[] = latencyMetrics(sentLatency, ({ service }) => service);

/** All failures of a load level together. */
export function failedCount({ failed }: BenchPoint): number {
  return Object.values(failed).reduce((sum, times) => sum + times, 0);
}

/** @returns undefined without any event: its zeros are no latencies */
function latencyMetrics(group: string, summary: (point: BenchPoint) => LatencySummary): Metric[] {
  return latencyFigures.map(({ name, of }) => ({
    group,
    name,
    better: 'lower',
    of: (point) => (summary(point).count === 0 ? undefined : of(summary(point))),
    text: precise,
  }));
}
