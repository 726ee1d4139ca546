/** The plots of one run, or of two runs drawn over each other. */
import type { BenchPoint, LatencyCurve, Series } from '../report/bench-run.js';
import { type Colour, type Dash, linearRange, logRange, type PlotSpec, type PlotTable } from './plot-spec.js';

/** A run, or one load level of it, and what its lines are called by when there are two: `a`, `b`. */
export interface Source<T> {
  readonly name: string;
  readonly of: T;
}

/** One line of a plot. By itself a run tells its lines apart by colour; two runs have a colour each. */
interface Line<T> {
  readonly label: string;
  readonly colour: Colour;
  readonly dash: Dash;
  readonly ys: (of: T) => readonly (number | null)[];
}

interface Drawing<T> {
  readonly title: string;
  readonly x: { readonly label: string; readonly scale: PlotSpec['x']['scale'] };
  readonly y: { readonly label: string; readonly unit: string; readonly scale: 'linear' | 'log' };
  /** Of all sources; derived from the values where it is missing. */
  readonly yRange?: readonly [number, number] | undefined;
  readonly xs: (of: T) => readonly number[];
  readonly lines: readonly Line<T>[];
  readonly hasMarks?: boolean;
}

const ownWidth = 2;
/** The second run is drawn over the first, and thinner: where they are the same, both can be seen. */
const runLooks: readonly { readonly colour: Colour; readonly width: number }[] = [
  { colour: 'line-1', width: 4 },
  { colour: 'line-2', width: 1.5 },
];
const latencyAxis = { label: 'latency (ms)', unit: 'ms', scale: 'log' } as const;
const rateAxis = { label: 'events per second (1/s)', unit: '/s', scale: 'linear' } as const;
const timeAxis = { label: 'time since the start (s)', scale: 'linear' } as const;
const loadAxis = { label: 'offered load (events/s)', scale: 'linear' } as const;

/** The points of each arm, which is what a line is drawn through; all of them where there are no arms. */
export function armSources(points: readonly BenchPoint[], run = ''): Source<readonly BenchPoint[]>[] {
  const names = [...new Set(points.map(({ arm }) => arm))];
  return names.map((arm) => ({
    name: [run, arm].filter(Boolean).join(' '),
    of: points.filter((point) => point.arm === arm),
  }));
}

/** One load level: throughput over time, latency over time, latency by percentile. */
export function levelPlots(
  sources: readonly Source<BenchPoint>[],
  latencyRange?: readonly [number, number] | undefined,
): PlotSpec[] {
  const series = sources.map(({ name, of }) => ({ name, of: of.series }));
  return [
    plot(throughput(sources.some(({ of }) => of.offeredPerS > 0)), series),
    plot({ ...latencyOverTime, yRange: latencyRange }, series),
    plot(
      { ...latencyByPercentile, yRange: latencyRange },
      sources.map(({ name, of }) => ({ name, of: knownPart(of.curve, of.latency.count) })),
    ),
  ];
}

/** All load levels: rates and latencies against the offered load. None where fewer than two loads were offered. */
export function loadPlots(sources: readonly Source<readonly BenchPoint[]>[]): PlotSpec[] {
  const rising = sources.map(({ name, of }) => ({
    name,
    of: of.filter(({ offeredPerS }) => offeredPerS > 0).toSorted((a, b) => a.offeredPerS - b.offeredPerS),
  }));
  const loads = new Set(rising.flatMap(({ of }) => of.map(({ offeredPerS }) => offeredPerS)));
  return loads.size < 2 ? [] : [plot(ratesByLoad, rising), plot(latencyByLoad, rising)];
}

/** Of all latencies that `levelPlots` would show, so that the levels of a run can be compared by eye. */
export function sharedLatencyRange(points: readonly BenchPoint[]): [number, number] {
  return logRange(
    points.flatMap(({ series, curve, latency }) => {
      const { latencyMs, serviceMs } = knownPart(curve, latency.count);
      return [...series.p50Ms, ...series.p99Ms, ...latencyMs, ...serviceMs];
    }),
  );
}

function throughput(isOffered: boolean): Drawing<Series> {
  const offered = line<Series>('offered', 'line-quiet', 'dashed', ({ offeredPerS }) => offeredPerS);
  const done = line<Series>('done', 'line-1', 'solid', ({ donePerS }) => donePerS);
  return {
    title: 'Throughput over time',
    x: timeAxis,
    y: rateAxis,
    xs: inSeconds,
    lines: isOffered ? [offered, done] : [done],
  };
}

const latencyOverTime: Drawing<Series> = {
  title: 'Latency over time, from due time',
  x: timeAxis,
  y: latencyAxis,
  xs: inSeconds,
  lines: [line('p99', 'line-2', 'solid', ({ p99Ms }) => p99Ms), line('p50', 'line-1', 'dashed', ({ p50Ms }) => p50Ms)],
};

const latencyByPercentile: Drawing<LatencyCurve> = {
  title: 'Latency by percentile',
  x: { label: 'percentile of events (%)', scale: 'percentile' },
  y: latencyAxis,
  xs: ({ percentiles }) => percentiles.map((percentile) => 100 / (100 - percentile)),
  lines: [
    line('from due time', 'line-2', 'solid', ({ latencyMs }) => latencyMs),
    line('from sending (closed loop)', 'line-1', 'dashed', ({ serviceMs }) => serviceMs),
  ],
};

const ratesByLoad: Drawing<readonly BenchPoint[]> = {
  title: 'Throughput by offered load',
  x: loadAxis,
  y: rateAxis,
  xs: loadsOf,
  lines: [
    line('as offered', 'line-quiet', 'dotted', loadsOf),
    line('done', 'line-1', 'solid', (points) => points.map(({ donePerS }) => donePerS)),
    line('goodput', 'line-3', 'dashed', (points) => points.map(({ goodputPerS }) => goodputPerS)),
  ],
  hasMarks: true,
};

const latencyByLoad: Drawing<readonly BenchPoint[]> = {
  title: 'Latency by offered load, from due time',
  x: loadAxis,
  y: latencyAxis,
  xs: loadsOf,
  lines: [
    line('p99.9', 'line-3', 'dotted', (points) => points.map(({ latency }) => latency.p999Ms)),
    line('p99', 'line-2', 'solid', (points) => points.map(({ latency }) => latency.p99Ms)),
    line('p50', 'line-1', 'dashed', (points) => points.map(({ latency }) => latency.p50Ms)),
  ],
  hasMarks: true,
};

function line<T>(label: string, colour: Colour, dash: Dash, ys: Line<T>['ys']): Line<T> {
  return { label, colour, dash, ys };
}

function plot<T>(drawing: Drawing<T>, sources: readonly Source<T>[]): PlotSpec {
  const { title, x, y, lines, hasMarks = false } = drawing;
  const tables = sources.map(
    ({ of }): PlotTable => [
      drawing.xs(of),
      ...lines.map(({ ys }) => ys(of).map((value) => (y.scale === 'log' ? positive(value) : value))),
    ],
  );
  const xs = tables.flatMap((table) => table[0] ?? []);
  const ys = tables.flatMap((table) => table.slice(1).flat());
  const yRange = drawing.yRange ?? (y.scale === 'log' ? logRange(ys) : linearRange(ys));
  return {
    title,
    x: {
      ...x,
      range: x.scale === 'percentile' ? percentileRange(xs) : hasMarks ? linearRange(xs) : [0, last(xs) || 1],
    },
    y: { label: y.label, scale: y.scale, range: yRange },
    series: sources.flatMap(({ name }, at) =>
      lines.map(({ label, colour, dash }) => ({
        label: sources.length === 1 ? label : `${name}: ${label}`,
        unit: y.unit,
        dash,
        hasMarks,
        ...((sources.length > 1 ? runLooks[at] : undefined) ?? { colour, width: ownWidth }),
      })),
    ),
    tables,
  };
}

/** From the fastest event to the last decade that has values, and to p99 at least. */
function percentileRange(xs: readonly (number | null)[]): [number, number] {
  return [1, 10 ** Math.ceil(Math.log10(Math.max(100, last(xs))) - 1e-9)];
}

function last(xs: readonly (number | null)[]): number {
  return xs.reduce<number>((most, x) => Math.max(most, x ?? 0), 0);
}

/** Of n events, none is rarer than one in n: what lies beyond repeats the slowest one. */
function knownPart({ percentiles, latencyMs, serviceMs }: LatencyCurve, events: number): LatencyCurve {
  const length = percentiles.filter((percentile) => 100 / (100 - percentile) <= events).length;
  return {
    percentiles: percentiles.slice(0, length),
    latencyMs: latencyMs.slice(0, length),
    serviceMs: serviceMs.slice(0, length),
  };
}

function inSeconds({ atMs }: Series): number[] {
  return atMs.map((at) => at / 1000);
}

function loadsOf(points: readonly BenchPoint[]): number[] {
  return points.map(({ offeredPerS }) => offeredPerS);
}

/** A logarithmic axis has no zero, and a latency of zero means that no event was there to have one. */
function positive(value: number | null): number | null {
  return value !== null && value > 0 ? value : null;
}
