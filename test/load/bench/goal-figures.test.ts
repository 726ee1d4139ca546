import { describe, expect, it } from 'vitest';
import {
  adaptiveFigures,
  creditFigures,
  deadlineFigures,
  floodFigures,
  goodputFigures,
  memoryFigures,
  noisyFigures,
  priorityFigures,
  sessionFigures,
} from '../../../load/bench/goal-figures.js';
import type { MeasuredRun } from '../../../load/bench/scenario.js';
import type { BenchPoint, EventClass, Samples } from '../../../load/report/bench-run.js';
import { checksOf, type GoalFigure } from '../../../load/report/check.js';
import { samplePoint } from '../html/sample-run.js';

const choice: MeasuredRun['choice'] = {
  ratePerS: 1000,
  connections: 10,
  arrivals: 'poisson',
  durationMs: 30_000,
  encoding: 'json',
  inFlight: undefined,
};

const base: BenchPoint = { ...samplePoint(1000, 1), classes: [] };
const [sampleClass] = samplePoint(1000, 1).classes;

function classOf(name: string, p99Ms: number, more: Partial<EventClass> = {}): EventClass {
  if (sampleClass === undefined) throw new Error('expected a class in the sample, got none');
  return { ...sampleClass, name, latency: { ...sampleClass.latency, p99Ms }, ...more };
}

/** Which of the goals a run meets. */
function met(figures: (run: MeasuredRun) => readonly GoalFigure[], points: readonly BenchPoint[]): boolean[] {
  return checksOf([figures({ points, choice })]).map(({ isMet }) => isMet);
}

/** A value every 100 ms. */
function sampled(name: string, value: (atMs: number) => number): Samples {
  const atMs = Array.from({ length: 300 }, (_, at) => at * 100);
  return { atMs, of: { [name]: atMs.map(value) } };
}

describe('O1', () => {
  const levels = (last: number, arm = 'controlled'): BenchPoint[] => [
    { ...base, arm, factor: 1, goodputPerS: 1000 },
    { ...base, arm, factor: 10, goodputPerS: last },
    // What happens without control meets nothing, and spoils nothing.
    { ...base, arm: 'uncontrolled', factor: 10, goodputPerS: 5000 },
  ];

  it('is met where goodput at ten times the load is nine tenths of its peak', () => {
    expect(met(goodputFigures, levels(900))).toEqual([true]);
    expect(met(goodputFigures, levels(899))).toEqual([false]);
  });

  it('is not met by a run without that level, without that arm, or without any goodput', () => {
    expect(met(goodputFigures, levels(900).slice(0, 1))).toEqual([false]);
    expect(met(goodputFigures, levels(900, 'other'))).toEqual([false]);
    expect(met(goodputFigures, [{ ...base, arm: 'controlled', factor: 10, goodputPerS: 0 }])).toEqual([false]);
  });
});

describe('O2', () => {
  const run = (p99Ms: number, lowPerS: number): BenchPoint[] => [
    { ...base, factor: 0.2, classes: [classOf('critical', 3), classOf('low', 3)] },
    { ...base, factor: 2, classes: [classOf('critical', p99Ms), classOf('low', 900, { donePerS: lowPerS })] },
  ];

  it('is met where critical takes no more than twice as long, and low moves', () => {
    expect(met(priorityFigures, run(6, 10))).toEqual([true, true]);
    expect(met(priorityFigures, run(6.1, 0))).toEqual([false, false]);
    expect(met(priorityFigures, run(6, 10).slice(1))).toEqual([false, true]);
  });
});

describe('O3', () => {
  const run = (p99Ms: number, donePerS: number): BenchPoint[] => [
    { ...base, arm: 'alone', donePerS: 100, latency: { ...base.latency, p99Ms: 5 } },
    { ...base, arm: 'beside', classes: [classOf('noisy', 900), classOf('quiet', p99Ms, { donePerS })] },
  ];

  it('is met where the quiet keep their share and wait at most twice as long', () => {
    expect(met(noisyFigures, run(10, 90))).toEqual([true, true]);
    expect(met(noisyFigures, run(10.1, 89))).toEqual([false, false]);
    expect(met(noisyFigures, run(10, 90).slice(0, 1))).toEqual([false, false]);
  });
});

describe('O4', () => {
  const run = (startedLate: number | undefined, failed: Record<string, number>): BenchPoint[] => [
    { ...base, arm: 'controlled', startedLate: 0 },
    { ...base, arm: 'backlog', startedLate, failed },
  ];

  it('is met where no handler was late, though there was a backlog', () => {
    expect(met(deadlineFigures, run(0, { deadline_exceeded: 12 }))).toEqual([true, true]);
    expect(met(deadlineFigures, run(1, { deadline_exceeded: 12 }))).toEqual([false, true]);
    expect(met(deadlineFigures, run(0, {}))).toEqual([true, false]);
    expect(met(deadlineFigures, run(undefined, {}))).toEqual([false, false]);
  });
});

describe('O5', () => {
  const truth: Samples = { atMs: [0, 10_000, 20_000], of: { capacity: [20, 40, 10] } };
  const stepped = (atMs: number): number => (atMs < 10_000 ? 20 : atMs < 20_000 ? 40 : 10);
  const run = (slots: (atMs: number) => number): BenchPoint[] => [
    { ...base, samples: [sampled('slots', slots), truth] },
  ];

  it('is met where the limit settles near the truth in every phase', () => {
    expect(
      met(
        adaptiveFigures,
        run((atMs) => stepped(atMs) * 1.1),
      ),
    ).toEqual([true]);
    // It takes a while to find out.
    expect(
      met(
        adaptiveFigures,
        run((atMs) => stepped(Math.max(0, atMs - 3000))),
      ),
    ).toEqual([true]);
  });

  it('is not met by a limit that stays, that lags, or that nobody looked at', () => {
    expect(
      met(
        adaptiveFigures,
        run(() => 20),
      ),
    ).toEqual([false]);
    expect(
      met(
        adaptiveFigures,
        run((atMs) => stepped(Math.max(0, atMs - 9000))),
      ),
    ).toEqual([false]);
    expect(met(adaptiveFigures, [{ ...base, samples: [truth] }])).toEqual([false]);
    expect(met(adaptiveFigures, [base])).toEqual([false]);
  });
});

describe('O6', () => {
  const run = (gapMsMax: number, closed: Record<string, number>): BenchPoint[] => [
    {
      ...base,
      classes: [classOf('others', 5, { gapMsMax })],
      hostile: [{ name: 'flood', connections: 1, opened: 1, closed, bytesWritten: 1 }],
    },
  ];

  it('is met where the others never wait long, and the flood is told to go', () => {
    expect(met(floodFigures, run(50, { 4101: 1 }))).toEqual([true, true]);
    expect(met(floodFigures, run(51, { 1006: 9 }))).toEqual([false, false]);
    expect(met(floodFigures, [base])).toEqual([false, false]);
  });
});

describe('O7', () => {
  const mib = 2 ** 20;
  const run = (rssMib: number, ok: number, p99Ms: number): BenchPoint[] => [
    {
      ...base,
      server: { cpuUsPerEvent: 1, rssBytesMax: rssMib * mib },
      classes: [classOf('others', p99Ms, { sent: 100, ok })],
    },
  ];

  it('is met where memory is in its budget, and others are answered in time', () => {
    const figures = memoryFigures(100 * mib);
    expect(met(figures, run(120, 100, 50))).toEqual([true, true, true]);
    expect(met(figures, run(121, 99, 51))).toEqual([false, false, false]);
    expect(met(figures, [])).toEqual([false, false, false]);
  });
});

describe('credit', () => {
  const changes: Samples = { atMs: [0, 10_000, 20_000], of: { latencyMs: [2, 20, 2] } };
  const run = (delayMs: number, slow: number): BenchPoint[] => [
    {
      ...base,
      samples: [
        changes,
        sampled('window', (atMs) => (atMs >= 10_000 + delayMs && atMs < 20_000 + delayMs ? slow : 100)),
      ],
    },
  ];

  it('is met where windows shrink and grow within two seconds', () => {
    expect(met(creditFigures, run(1900, 10))).toEqual([true, true]);
    expect(met(creditFigures, run(2200, 10))).toEqual([false, true]);
  });

  it('is not met where they stay as they are', () => {
    expect(met(creditFigures, run(0, 90))[1]).toBe(false);
    expect(met(creditFigures, [base])).toEqual([false, false]);
  });
});

describe('sessions', () => {
  it('is met where everybody had an answer and nobody was refused for room', () => {
    const failed = { 'resource_exhausted/credit': 3 };
    expect(met(sessionFigures, [{ ...base, ok: 10, failed }])).toEqual([true, true]);
    expect(met(sessionFigures, [{ ...base, ok: 9, failed: { 'resource_exhausted/queue': 1 } }])).toEqual([
      false,
      false,
    ]);
    expect(met(sessionFigures, [{ ...base, ok: 10, failed: { 'resource_exhausted/memory': 1 } }])[0]).toBe(false);
  });
});
