import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TokenBucket } from '../../../load/faults/token-bucket.js';

it('lets 20 ms through at once, and then so much per time', () => {
  const bucket = new TokenBucket(100_000, 0);
  expect(bucket.take(5000, 0)).toBe(2000);
  expect(bucket.take(5000, 0)).toBe(0);
  expect(bucket.readyInMs(5000, 0)).toBe(5);
  expect(bucket.take(5000, 4)).toBe(0);
  expect(bucket.take(5000, 5)).toBe(500);
  expect(bucket.take(3, 5.03)).toBe(3);
  expect(bucket.take(9000, 1000)).toBe(2000);
});

it('never lets more through than the rate and one burst, and always something after the wait it told', () => {
  const asks = fc.array(fc.record({ wanted: fc.integer({ min: 1, max: 70_000 }), laterMs: fc.nat({ max: 50 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000_000 }), asks, (rate, steps) => {
      const bucket = new TokenBucket(rate, 0);
      let nowMs = 0;
      let passed = 0;
      for (const { wanted, laterMs } of steps) {
        nowMs += laterMs;
        const granted = bucket.take(wanted, nowMs);
        expect(granted).toBeLessThanOrEqual(wanted);
        passed += granted;
        if (granted === 0) {
          nowMs += bucket.readyInMs(wanted, nowMs) + 0.001;
          const later = bucket.take(wanted, nowMs);
          expect(later).toBeGreaterThan(0);
          passed += later;
        }
        expect(passed).toBeLessThanOrEqual(Math.max(1, rate * 0.02) + (nowMs * rate) / 1000 + 1e-6);
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});
