/** The adaptive limit and what it may be told: timeouts, nothing at all, and anything. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveLimit, type AdaptiveLimitOptions } from '../../src/pipeline/adaptive-limit.js';

const defaults: AdaptiveLimitOptions = {
  min: 2,
  max: 1000,
  windowMs: 100,
  samplesMin: 16,
  tolerancePercent: 5,
  growthPercent: 5,
  probeEveryMs: 5000,
};

describe('when nothing comes back, the limit', () => {
  it('stays while all attempts hang', () => {
    const limit = new AdaptiveLimit({ ...defaults, min: 8 });
    for (let busy = 1; busy <= 8; busy += 1) limit.started(busy);
    expect(limit.slots).toBe(8);
    expect(limit.finished(1, limit.started(8), 3_600_000, 3_600_000)).toBe(false);
  });

  it.each([2000, Number.POSITIVE_INFINITY])('falls by timeouts that are told as %d ms, and recovers', (told) => {
    const limit = new AdaptiveLimit(defaults);
    let nowMs = 0;
    const rounds = (count: number, latencyMs: number, reportedMs: number): void => {
      for (let round = 0; round < count; round += 1) {
        const epochs = Array.from({ length: limit.slots }, (_, at) => limit.started(at + 1));
        nowMs += latencyMs;
        for (const epoch of epochs) limit.finished(1, epoch, reportedMs, nowMs);
      }
    };
    while (limit.slots < 64) rounds(1, 20, 20);
    const before = limit.slots;
    rounds(6, 2000, told);
    expect(limit.slots).toBeLessThanOrEqual(before / 8);
    rounds(400, 20, 20);
    expect(limit.slots).toBeGreaterThanOrEqual(before);
  });

  it('does not wait for attempts that failed, of which it is told nothing', () => {
    const limit = new AdaptiveLimit(defaults);
    for (let nowMs = 0; nowMs < 20_000; nowMs += 20) {
      const epochs = Array.from({ length: limit.slots }, (_, at) => limit.started(at + 1));
      epochs.forEach((epoch, at) => {
        if (at % 2 === 0) limit.finished(1, epoch, 20, nowMs + 20);
      });
    }
    expect(limit.slots).toBe(defaults.max);
  });
});

describe('whatever it is told, the limit', () => {
  const latency = fc.oneof(
    fc.double({ min: 0, max: 100 }),
    fc.constantFrom(0, Number.MIN_VALUE, 1e-9, 0.05, 1e9, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN, -1),
  );
  const sample = fc.record({
    route: fc.oneof(fc.nat(3), fc.nat(2000)),
    latencyMs: latency,
    passMs: fc.oneof(fc.double({ min: 0, max: 50, noNaN: true }), fc.constantFrom(0, 1e6)),
    times: fc.integer({ min: 1, max: 60 }),
    epochOff: fc.constantFrom(0, 0, 0, 1, -1),
  });

  it('is a whole number from min to max, and says so when it changes', () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 80 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 500 }),
        (samples, min, span) => {
          const limit = new AdaptiveLimit({ ...defaults, min, max: min + span });
          let nowMs = 0;
          for (const { route, latencyMs, passMs, times, epochOff } of samples) {
            for (let at = 0; at < times; at += 1) {
              const before = limit.slots;
              const epoch = limit.started((at % limit.slots) + 1);
              nowMs += passMs;
              const isChanged = limit.finished(route, epoch + epochOff, latencyMs, nowMs);
              expect(isChanged).toBe(limit.slots !== before);
              expect(Number.isInteger(limit.slots) && limit.slots >= min && limit.slots <= min + span).toBe(true);
              expect(Number.isFinite(limit.baselineMs(route))).toBe(true);
            }
          }
        },
      ),
      { numRuns: 200, seed: 20_261_130 },
    );
  });
});
