import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosmetatosWaitMeanMs } from '../../../load/model/cosmetatos.js';
import * as mmc from '../../../load/model/erlang-c.js';
import { kimuraWaitMeanMs } from '../../../load/model/kimura.js';
import { pollaczekKhinchineMs, waitMeanMs, waitQuantileMs } from '../../../load/model/mgc.js';

function station(slots: number, utilisation: number, serviceCv: number) {
  return { slots, ratePerS: slots * utilisation, serviceMs: 1000, serviceCv };
}

const anyVariation = fc.double({ min: 0, max: 10, noNaN: true });
const anyUtilisation = fc.double({ min: 0.01, max: 0.99, noNaN: true });

describe('M/G/c and G/G/c', () => {
  it('are M/M/c when both vary exponentially', () => {
    for (const [slots, utilisation] of [
      [1, 0.3],
      [8, 0.9],
      [500, 0.99],
    ] as const) {
      const given = station(slots, utilisation, 1);
      expect(waitMeanMs(given)).toBeCloseTo(mmc.waitMeanMs(given), 9);
      expect(waitQuantileMs(given, 0.999)).toBeCloseTo(mmc.waitQuantileMs(given, 0.999), 7);
      expect(kimuraWaitMeanMs(given)).toBeCloseTo(mmc.waitMeanMs(given), 9);
    }
  });

  it('are M/G/1 with one slot, exactly', () => {
    const property = fc.property(anyUtilisation, anyVariation, (utilisation, cv) => {
      const given = station(1, utilisation, cv);
      expect(waitMeanMs(given) / pollaczekKhinchineMs(given)).toBeCloseTo(1, 9);
    });
    fc.assert(property, { numRuns: 100, seed: 5 });
  });

  it('have textbook means: half of M/M/1 for constant service, and Kingman for arrivals that vary less', () => {
    expect(pollaczekKhinchineMs(station(1, 0.5, 0))).toBeCloseTo(500, 9);
    expect(pollaczekKhinchineMs(station(1, 0.8, 2))).toBeCloseTo(10_000, 8);
    // ρ/(1−ρ) · (ca² + cs²)/2 · service
    expect(waitMeanMs({ ...station(1, 0.8, 0.5), arrivalCv: 0.5 })).toBeCloseTo(4 * 0.25 * 1000, 9);
  });

  it('wait longer the more anything varies, and the higher the percentile', () => {
    const property = fc.property(fc.integer({ min: 1, max: 50 }), anyUtilisation, anyVariation, (slots, u, cv) => {
      const given = station(slots, u, cv);
      expect(waitMeanMs({ ...given, serviceCv: cv + 0.1 })).toBeGreaterThan(waitMeanMs(given));
      expect(waitMeanMs({ ...given, arrivalCv: 1.1 })).toBeGreaterThan(waitMeanMs(given));
      expect(waitQuantileMs(given, 0.99)).toBeGreaterThanOrEqual(waitQuantileMs(given, 0.95));
    });
    fc.assert(property, { numRuns: 100, seed: 6 });
  });

  it('have a tail whose mean is the mean wait', () => {
    const given = station(4, 0.8, 2);
    let integral = 0;
    for (let i = 0; i < 100_000; i++) integral += waitQuantileMs(given, (i + 0.5) / 100_000) / 100_000;
    expect(integral / waitMeanMs(given)).toBeCloseTo(1, 4);
  });

  it.each([
    { given: { ...station(1, 0.5, -1) }, message: 'expected serviceCv to be a number from 0 to 100, got -1' },
    { given: { ...station(1, 0.5, 1), arrivalCv: Number.NaN }, message: /^expected arrivalCv .* got NaN$/ },
    { given: station(2, 1, 1), message: 'expected a utilisation below 1, got 1' },
  ])('refuse $given', ({ given, message }) => {
    expect(() => waitMeanMs(given)).toThrow(message);
  });
});

describe('means for service that varies less', () => {
  it('are half of M/M/1 for constant service and one slot', () => {
    expect(cosmetatosWaitMeanMs(station(1, 0.7, 0))).toBeCloseTo(pollaczekKhinchineMs(station(1, 0.7, 0)), 9);
  });

  it('lie between Allen and Cunneen and M/M/c, and rise with the variation', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.double({ min: 0.3, max: 0.99, noNaN: true }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      (slots, utilisation, cv) => {
        const given = station(slots, utilisation, cv);
        const mean = kimuraWaitMeanMs(given);
        expect(mean).toBeGreaterThanOrEqual(waitMeanMs(given) * (1 - 1e-12));
        expect(mean).toBeLessThanOrEqual(mmc.waitMeanMs(given) * (1 + 1e-12));
        expect(kimuraWaitMeanMs({ ...given, serviceCv: cv + 0.1 })).toBeGreaterThanOrEqual(mean * (1 - 1e-12));
      },
    );
    fc.assert(property, { numRuns: 100, seed: 7 });
  });

  it('refuse service that varies more', () => {
    expect(() => kimuraWaitMeanMs(station(2, 0.5, 1.5))).toThrow(
      'expected serviceCv to be a number from 0 to 1, got 1.5',
    );
  });
});
