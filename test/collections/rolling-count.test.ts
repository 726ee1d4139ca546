import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RollingCount, windowPart, windowParts } from '../../src/collections/rolling-count.js';

describe('the rolling count', () => {
  it('agrees with a count of all that lies in the last parts, whatever the times', () => {
    const steps = fc.array(fc.record({ parts: fc.oneof(fc.constant(0), fc.nat(25)), isAdded: fc.boolean() }));
    fc.assert(
      fc.property(steps, (taken) => {
        const count = new RollingCount();
        const added: number[] = [];
        let part = 7;
        for (const { parts, isAdded } of taken) {
          part += parts;
          if (isAdded) {
            count.add(part);
            added.push(part);
          }
          expect(count.total(part)).toBe(added.filter((at) => part - at < windowParts).length);
        }
        count.clear();
        expect(count.total(part)).toBe(0);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('has ten parts in a window', () => {
    expect([0, 99, 100, 1000].map((nowMs) => windowPart(nowMs, 1000))).toEqual([0, 0, 1, 10]);
  });
});
