import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingCount } from '../../src/collections/sliding-count.js';

describe('the sliding count', () => {
  it('agrees with a count of all times inside the window, whatever the times', () => {
    const steps = fc.array(fc.nat(300), { maxLength: 100 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (waits, max) => {
        const count = new SlidingCount(max, 1000);
        const times: number[] = [];
        let nowMs = 0;
        for (const waitMs of waits) {
          nowMs += waitMs;
          times.push(nowMs);
          expect(count.add(nowMs)).toBe(times.filter((time) => nowMs - time <= 1000).length >= max);
        }
      }),
    );
  });
});
