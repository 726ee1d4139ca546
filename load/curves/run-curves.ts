/** Which curves the runs of the scenarios with goals make. Nothing is drawn that a run does not have. */
import type { BenchPoint, BenchRun, Samples } from '../report/bench-run.js';
import type { Curve, CurveLine, CurvePoint } from './curve.js';

/** File name, without an ending → curve, of those runs that have one. */
export function runCurves(runs: readonly BenchRun[]): Readonly<Record<string, Curve>> {
  const curves: Record<string, Curve> = {};
  for (const { scenario, points, command, startedAt } of runs) {
    const drawing = drawings[scenario]?.(points);
    if (drawing?.lines.some((line) => line.points.length > 0) !== true) continue;
    curves[scenario] = { ...drawing, from: [{ command, startedAt }] };
  }
  return curves;
}

type Drawing = Omit<Curve, 'from'>;

const loadAxis = { label: 'offered load (events/s)', scale: 'log' } as const;

const drawings: Readonly<Record<string, (points: readonly BenchPoint[]) => Drawing>> = {
  overload: (points) => goodput(points, 'Goodput under overload: done within 250 ms'),
  'overload-unordered': (points) => goodput(points, 'The same, for events without an order'),
  priorities: (points) => ({
    title: 'Who waits under overload: p99 latency, a tenth of the load is critical',
    x: loadAxis,
    y: { label: 'p99 latency (ms)', scale: 'log' },
    lines: [
      { label: 'low', look: 'second', points: p99(points, 'low'), hasMarks: true },
      { label: 'critical', look: 'first', points: p99(points, 'critical'), hasMarks: true },
    ],
  }),
  adaptive: ([point]) => ({
    title: 'The limit follows what the handler can do',
    x: { label: 'time (s)', scale: 'linear' },
    y: { label: 'events at once', scale: 'linear' },
    lines: [
      { label: 'true capacity', look: 'second', points: untilEnd(point), isStep: true },
      { label: 'limit found', look: 'first', points: overTime(point, 'slots') },
    ],
  }),
};

function goodput(points: readonly BenchPoint[], title: string): Drawing {
  const line = (arm: string, label: string, look: CurveLine['look']): CurveLine => ({
    label,
    look,
    hasMarks: true,
    points: rising(points.filter((point) => point.arm === arm)).map(({ offeredPerS, goodputPerS, goodputSpread }) => ({
      x: offeredPerS,
      y: goodputSpread?.median ?? goodputPerS,
      ...(goodputSpread === undefined ? {} : { lowest: goodputSpread.lowest, highest: goodputSpread.highest }),
    })),
  });
  return {
    title,
    x: loadAxis,
    y: { label: 'goodput (events/s)', scale: 'linear' },
    lines: [line('uncontrolled', 'without control', 'second'), line('controlled', 'with control', 'first')],
  };
}

function p99(points: readonly BenchPoint[], name: string): CurvePoint[] {
  return rising(points).flatMap(({ offeredPerS, classes }) => {
    const latency = classes.find((each) => each.name === name)?.latency;
    return latency === undefined || latency.count === 0 ? [] : [{ x: offeredPerS, y: latency.p99Ms }];
  });
}

function overTime(point: BenchPoint | undefined, name: string): CurvePoint[] {
  const { atMs, of } = samplesOf(point, name) ?? { atMs: [], of: {} };
  return (of[name] ?? []).map((y, at) => ({ x: (atMs[at] ?? 0) / 1000, y }));
}

/** The last value holds as long as anything else was seen. */
function untilEnd(point: BenchPoint | undefined): CurvePoint[] {
  const points = overTime(point, 'capacity');
  const last = points.at(-1);
  const endMs = samplesOf(point, 'slots')?.atMs.at(-1);
  return last === undefined || endMs === undefined
    ? points
    : [...points, { x: Math.max(last.x, endMs / 1000), y: last.y }];
}

function samplesOf(point: BenchPoint | undefined, name: string): Samples | undefined {
  return point?.samples?.find(({ of }) => name in of);
}

function rising(points: readonly BenchPoint[]): BenchPoint[] {
  return points.toSorted((a, b) => a.offeredPerS - b.offeredPerS);
}
