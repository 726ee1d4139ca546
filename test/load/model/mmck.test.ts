import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangB } from '../../../load/model/erlang-b.js';
import { queueLengthMean, waitMeanMs } from '../../../load/model/erlang-c.js';
import { boundedQueue } from '../../../load/model/mmck.js';

function queue(slots: number, load: number, capacity: number) {
  return boundedQueue({ slots, ratePerS: load, serviceMs: 1000, capacity });
}

describe('M/M/c/K', () => {
  it.each([0.3, 0.9, 1.7])('is M/M/1/K with one slot, at a load of %d', (load) => {
    const { probabilities } = queue(1, load, 5);
    for (const [inside, probability] of probabilities.entries()) {
      expect(probability).toBeCloseTo(((1 - load) * load ** inside) / (1 - load ** 6), 14);
    }
  });

  it('is as likely to have any number inside when one slot has just the load it can carry', () => {
    for (const probability of queue(1, 1, 4).probabilities) expect(probability).toBeCloseTo(1 / 5, 14);
  });

  it('is Erlang B without places to wait', () => {
    const { blocked, queueLengthMean: waiting, waitMeanMs: wait } = queue(10, 8, 10);
    expect(blocked).toBeCloseTo(erlangB(10, 8), 14);
    expect([waiting, wait]).toEqual([0, 0]);
  });

  it('is M/M/c with very many', () => {
    const { waitMeanMs: wait, queueLengthMean: waiting, blocked } = queue(8, 7.2, 2000);
    const endless = { slots: 8, ratePerS: 7.2, serviceMs: 1000 };
    expect(wait).toBeCloseTo(waitMeanMs(endless), 7);
    expect(waiting).toBeCloseTo(queueLengthMean(endless), 9);
    expect(blocked).toBeLessThan(1e-50);
  });

  it('lets through what its slots can do when it is overloaded, and is full then', () => {
    const { throughputPerS, utilisation, queueLengthMean: waiting, blocked } = queue(100, 300, 100_000);
    expect(throughputPerS).toBeCloseTo(100, 9);
    expect(utilisation).toBeCloseTo(1, 12);
    expect(blocked).toBeCloseTo(2 / 3, 12);
    expect(waiting).toBeCloseTo(99_900 - 0.5, 6);
  });

  it("keeps Little's law, and its sums, and blocks less with more places", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0.01, max: 200, noNaN: true }),
      fc.integer({ min: 0, max: 300 }),
      (slots, load, places) => {
        const found = queue(slots, load, slots + places);
        expect(found.probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 10);
        // Work that is let in is work that is done.
        expect(found.utilisation * slots).toBeCloseTo(found.throughputPerS, 8);
        expect(found.responseMeanMs).toBeCloseTo(found.waitMeanMs + 1000, 5);
        expect(queue(slots, load, slots + places + 1).blocked).toBeLessThanOrEqual(found.blocked + 1e-15);
      },
    );
    fc.assert(property, { numRuns: 100, seed: 4 });
  });

  it('refuses a capacity below its slots', () => {
    expect(() => queue(4, 1, 3)).toThrow('expected capacity to be a whole number from 4 to 1000000, got 3');
    expect(() => queue(0, 1, 3)).toThrow(/^expected slots/);
  });
});
