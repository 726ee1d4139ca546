import { describe, expect, it } from 'vitest';
import { linearRange, logRange, type PlotSpec } from '../../../load/html/plot-spec.js';
import { levelPlots, loadPlots, sharedLatencyRange } from '../../../load/html/run-plots.js';
import { samplePoint, sampleRun } from './sample-run.js';

const alone = <T>(of: T): { name: string; of: T }[] => [{ name: '', of }];

function labels(plot: PlotSpec | undefined): string[] | undefined {
  return plot?.series.map(({ label }) => label);
}

describe('ranges', () => {
  it('begin at zero and end at a round number', () => {
    expect(linearRange([3, null, 47])).toEqual([0, 50]);
    expect(linearRange([])).toEqual([0, 1]);
  });

  it('are round and positive for a logarithmic axis', () => {
    expect(logRange([0, null, 0.18, 41])).toEqual([0.1, 50]);
    expect(logRange([0, null])).toEqual([0.1, 10]);
    const [from, to] = logRange([5, 5]);
    expect(from).toBeLessThan(5);
    expect(to).toBeGreaterThan(5);
  });
});

describe('the plots of a level', () => {
  const point = samplePoint(40_000, 3);
  const [throughput, overTime, byPercentile] = levelPlots(alone(point));

  it('show what was offered and done, median and p99, due time and closed loop', () => {
    expect(labels(throughput)).toEqual(['offered', 'done']);
    expect(labels(overTime)).toEqual(['p99', 'p50']);
    expect(labels(byPercentile)).toEqual(['from due time', 'from sending (closed loop)']);
  });

  it('have axes with units, logarithmic for latency', () => {
    expect(throughput).toMatchObject({ x: { label: expect.stringContaining('(s)') }, y: { scale: 'linear' } });
    expect(overTime).toMatchObject({ y: { label: 'latency (ms)', scale: 'log' } });
    expect(byPercentile).toMatchObject({ x: { label: expect.stringContaining('(%)'), scale: 'percentile' } });
  });

  it('put a percentile at the number of events of which one is slower', () => {
    const curve = { percentiles: [0, 50, 90, 99, 99.9], latencyMs: [1, 2, 3, 4, 5], serviceMs: [1, 1, 1, 1, 1] };
    const [, , plot] = levelPlots(alone({ ...point, curve }));
    expect(plot?.tables[0]?.[0]?.map((x) => Math.round(x ?? 0))).toEqual([1, 2, 10, 100, 1000]);
    expect(plot?.x.range).toEqual([1, 1000]);
  });

  it('end where there are too few events for a percentile to mean anything', () => {
    const [, , plot] = levelPlots(alone({ ...point, latency: { ...point.latency, count: 150 } }));
    expect(Math.max(...(plot?.tables[0]?.[0] ?? []).map(Number))).toBeLessThanOrEqual(150);
  });

  it('have a gap where an interval had no event', () => {
    const { series } = point;
    const p99Ms = series.p99Ms.map((value, at) => (at === 4 ? 0 : value));
    const [, plot] = levelPlots(alone({ ...point, series: { ...series, p99Ms } }));
    expect(plot?.tables[0]?.[1]?.[4]).toBeNull();
  });

  it('show no offered load in a closed loop', () => {
    expect(labels(levelPlots(alone({ ...point, offeredPerS: 0 }))[0])).toEqual(['done']);
  });

  it('are drawn over each other for two runs: one colour each, named in the legend', () => {
    const [plot] = levelPlots([
      { name: 'a', of: point },
      { name: 'b', of: samplePoint(60_000, 4) },
    ]);
    expect(labels(plot)).toEqual(['a: offered', 'a: done', 'b: offered', 'b: done']);
    expect(plot?.series.map(({ colour }) => colour)).toEqual(['line-1', 'line-1', 'line-2', 'line-2']);
    expect(plot?.series.map(({ width }) => width)).toEqual([4, 4, 1.5, 1.5]);
    expect(plot?.tables).toHaveLength(2);
  });
});

describe('the plots over the load', () => {
  const { points } = sampleRun();

  it('have done and goodput against the offered load, which rises', () => {
    const [plot] = loadPlots(alone(points.toReversed()));
    expect(labels(plot)).toEqual(['as offered', 'done', 'goodput']);
    expect(plot?.tables[0]?.[0]).toEqual([5_000, 10_000, 20_000, 40_000, 48_000, 60_000]);
  });

  it('are left out for one load, and for closed loops', () => {
    expect(loadPlots(alone(points.slice(0, 1)))).toEqual([]);
    expect(loadPlots(alone(points.map((point) => ({ ...point, offeredPerS: 0 }))))).toEqual([]);
  });

  it('share a range that has every latency in it', () => {
    const [from, to] = sharedLatencyRange(points);
    for (const { series, curve } of points) {
      expect(Math.min(...series.p50Ms, ...curve.serviceMs)).toBeGreaterThanOrEqual(from);
      expect(Math.max(...series.p99Ms, ...curve.latencyMs)).toBeLessThanOrEqual(to);
    }
  });
});
