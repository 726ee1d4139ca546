import { describe, expect, it } from 'vitest';
import {
  ClassRecorder,
  curve,
  histogram,
  IntervalRecorder,
  record,
  summary,
} from '../../../load/bench/latency-recorder.js';

describe('a class of events', () => {
  it('keeps percentiles to a thousandth, and merges over processes as if it were one', () => {
    const [one, two, both] = [new ClassRecorder('a'), new ClassRecorder('a'), new ClassRecorder('a')];
    for (let i = 1; i <= 10_000; i += 1) {
      (i % 2 === 0 ? one : two).done(i / 10, i / 20, i <= 5000);
      both.done(i / 10, i / 20, i <= 5000);
    }
    const merged = new ClassRecorder('a');
    merged.add(one.encoded());
    merged.add(two.encoded());
    // The largest value is that of its bucket once it has crossed a process border.
    const { maxMs: mergedMaxMs, ...percentiles } = summary(merged.latency);
    expect(summary(both.latency)).toMatchObject(percentiles);
    expect(Math.abs(mergedMaxMs - 1000)).toBeLessThan(1);
    expect(merged.ok).toBe(10_000);
    expect(merged.onTime).toBe(5000);
    const { p50Ms, p99Ms, maxMs, meanMs } = summary(merged.latency);
    for (const [found, expected] of [
      [p50Ms, 500],
      [p99Ms, 990],
      [maxMs, 1000],
      [meanMs, 500],
    ] as const) {
      expect(Math.abs(found - expected) / expected).toBeLessThan(0.002);
    }
    expect(Math.abs(summary(merged.service).p50Ms - 250)).toBeLessThan(1);
  });

  it('bounds what it keeps: an hour counts as ten minutes, nothing as a microsecond', () => {
    const kept = histogram(3);
    record(kept, 3_600_000);
    record(kept, 0);
    expect(Math.abs(summary(kept).maxMs - 600_000)).toBeLessThan(600);
    expect(kept.minNonZeroValue).toBe(1);
  });

  it('is all zeros when nothing came', () => {
    expect(summary(histogram(3))).toEqual({ count: 0, meanMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0 });
  });
});

describe('a curve', () => {
  it('shows no percentile that as few values cannot tell', () => {
    const few = histogram(3);
    for (let i = 1; i <= 100; i += 1) record(few, i);
    const { percentiles, latencyMs, serviceMs } = curve(few, few);
    expect(percentiles.at(-1)).toBe(99);
    expect(latencyMs).toHaveLength(percentiles.length);
    expect(serviceMs).toHaveLength(percentiles.length);
  });
});

describe('intervals', () => {
  it('count what was due and what was done in each, per second, and leave out what lies outside', () => {
    const recorder = new IntervalRecorder(1000, 10);
    for (const atMs of [-1, 0, 99, 100, 999, 1000]) {
      recorder.offered(atMs);
      recorder.done(atMs, 5);
    }
    const merged = new IntervalRecorder(1000, 10);
    merged.add(recorder.encoded());
    const { atMs, offeredPerS, donePerS, p99Ms } = merged.series();
    expect(atMs).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(offeredPerS).toEqual([20, 10, 0, 0, 0, 0, 0, 0, 0, 10]);
    expect(donePerS).toEqual(offeredPerS);
    expect(Math.abs((p99Ms[0] as number) - 5)).toBeLessThan(0.1);
  });
});
