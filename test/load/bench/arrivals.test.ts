import { describe, expect, it } from 'vitest';
import { type Arrivals, meanRatePerS, schedule } from '../../../load/bench/arrivals.js';

const times = (arrivals: Arrivals, count: number, seed = 1): number[] => {
  const next = schedule(arrivals, seed);
  return Array.from({ length: count }, next);
};

const countBefore = (arrivals: Arrivals, endMs: number, seed = 1): number => {
  const next = schedule(arrivals, seed);
  let count = 0;
  while (next() < endMs) count += 1;
  return count;
};

const kinds: readonly Arrivals[] = [
  { kind: 'constant', ratePerS: 1000 },
  { kind: 'poisson', ratePerS: 1000 },
  { kind: 'bursts', size: 100, everyMs: 100 },
  { kind: 'ramp', fromPerS: 500, toPerS: 1500, overMs: 20_000 },
  { kind: 'steps', ratesPerS: [500, 1500], stepMs: 10_000 },
];

describe.each(kinds)('$kind arrivals', (arrivals) => {
  it('never go back in time', () => {
    const due = times(arrivals, 10_000);
    expect(due.every((atMs, i) => i === 0 || atMs >= (due[i - 1] as number))).toBe(true);
    expect(due[0]).toBeGreaterThanOrEqual(0);
  });

  it('come at the rate they are said to have', () => {
    const count = countBefore(arrivals, 20_000);
    expect(meanRatePerS(arrivals, 20_000)).toBeCloseTo(1000, 0);
    // Poisson: five standard deviations of 20,000.
    expect(Math.abs(count - 20_000)).toBeLessThanOrEqual(5 * Math.sqrt(20_000));
  });

  it('are the same for the same seed', () => {
    expect(times(arrivals, 1000, 7)).toEqual(times(arrivals, 1000, 7));
  });
});

describe('a schedule', () => {
  it('of constant arrivals is exact', () => {
    expect(times({ kind: 'constant', ratePerS: 250 }, 4)).toEqual([0, 4, 8, 12]);
  });

  it('of Poisson arrivals has gaps as varied as exponential ones, and another seed has others', () => {
    const due = times({ kind: 'poisson', ratePerS: 1000 }, 50_000);
    const gaps = due.slice(1).map((atMs, i) => atMs - (due[i] as number));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(mean).toBeCloseTo(1, 1);
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
    expect(times({ kind: 'poisson', ratePerS: 1000 }, 10, 2)).not.toEqual(due.slice(0, 10));
  });

  it('of bursts gives all of one at one moment', () => {
    expect(times({ kind: 'bursts', size: 3, everyMs: 50 }, 7)).toEqual([0, 0, 0, 50, 50, 50, 100]);
  });

  it('of a ramp is slow at first and fast at the end, and stays there', () => {
    const ramp: Arrivals = { kind: 'ramp', fromPerS: 100, toPerS: 1000, overMs: 10_000 };
    expect(countBefore(ramp, 1000)).toBe(145);
    expect(countBefore(ramp, 10_000) - countBefore(ramp, 9000)).toBe(955);
    expect(countBefore(ramp, 12_000) - countBefore(ramp, 11_000)).toBe(1000);
  });

  it('of steps has the rate of each stretch', () => {
    const steps: Arrivals = { kind: 'steps', ratesPerS: [1000, 4000], stepMs: 10_000 };
    expect(Math.abs(countBefore(steps, 10_000) - 10_000)).toBeLessThan(500);
    expect(Math.abs(countBefore(steps, 20_000) - 50_000)).toBeLessThan(1500);
  });

  it.each([
    { kind: 'constant', ratePerS: 0 },
    { kind: 'poisson', ratePerS: Number.NaN },
    { kind: 'bursts', size: 10, everyMs: -1 },
    { kind: 'steps', ratesPerS: [], stepMs: 10 },
  ] satisfies Arrivals[])('refuses what is not above 0: %j', (arrivals) => {
    expect(() => schedule(arrivals, 1)).toThrow(/^expected \w+ of \w+ arrivals to be above 0, got/);
  });
});
