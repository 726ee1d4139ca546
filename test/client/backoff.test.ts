import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/client/backoff.js';

const bounds = { minMs: 250, maxMs: 15_000 };

describe('the wait before an attempt to connect', () => {
  it('is up to a bound that doubles with every attempt, and ends at the longest', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoffMs(attempt, bounds, 1));
    expect(longest).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  });

  it('is drawn between nothing and the bound, in whole milliseconds', () => {
    expect(backoffMs(3, bounds, 0)).toBe(0);
    expect(backoffMs(3, bounds, 0.25)).toBe(250);
    expect(backoffMs(1, { minMs: 1, maxMs: 3 }, 0.4)).toBe(0);
  });

  it('is a time a timer can wait for, after however many attempts', () => {
    const anyBounds = fc.record({ minMs: fc.integer({ min: 1, max: 1000 }), maxMs: fc.integer({ min: 1000 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        anyBounds,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, at, random) => {
          const ms = backoffMs(attempt, at, random);
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(at.maxMs);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });
});
