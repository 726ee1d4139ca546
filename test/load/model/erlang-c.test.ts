import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangB } from '../../../load/model/erlang-b.js';
import {
  queueLengthMean,
  responseQuantileMs,
  responseTail,
  waitMeanMs,
  waitProbability,
  waitQuantileMs,
  waitTail,
} from '../../../load/model/erlang-c.js';

/** A station with a service of one second. */
function station(slots: number, load: number) {
  return { slots, ratePerS: load, serviceMs: 1000 };
}

/** The textbook's sum, from the last term to the first: 1/B = 1 + c/a + c(c−1)/a² + … */
function inverseErlangB(slots: number, load: number): number {
  let term = 1;
  let sum = 1;
  for (let k = slots; k > 0; k--) {
    term *= k / load;
    sum += term;
  }
  return sum;
}

describe('Erlang B', () => {
  it.each([
    { slots: 0, load: 3, blocked: 1, digits: 15 },
    { slots: 1, load: 1, blocked: 1 / 2, digits: 15 },
    { slots: 2, load: 1, blocked: 1 / 5, digits: 15 },
    { slots: 10, load: 4.461, blocked: 0.01, digits: 4 },
    { slots: 100, load: 84.06, blocked: 0.01, digits: 4 },
  ])('is what tables say for $slots slots and $load Erlang', ({ slots, load, blocked, digits }) => {
    expect(erlangB(slots, load)).toBeCloseTo(blocked, digits);
  });

  it.each([
    { slots: 100_000, load: 99_000 },
    { slots: 100_000, load: 100_500 },
    { slots: 65_536, load: 65_000 },
  ])('keeps its digits with $slots slots', ({ slots, load }) => {
    expect(erlangB(slots, load) * inverseErlangB(slots, load)).toBeCloseTo(1, 9);
  });
});

describe('M/M/c', () => {
  it.each([
    { slots: 1, load: 0.5, waits: 1 / 2 },
    { slots: 2, load: 1, waits: 1 / 3 },
    { slots: 2, load: 1.5, waits: 9 / 14 },
    { slots: 3, load: 2, waits: 4 / 9 },
  ])('lets an arrival wait as textbooks say, with $slots slots and $load Erlang', ({ slots, load, waits }) => {
    expect(waitProbability(station(slots, load))).toBeCloseTo(waits, 14);
  });

  it('has the means of the example with 3 slots and 2 Erlang', () => {
    expect(queueLengthMean(station(3, 2))).toBeCloseTo(8 / 9, 12);
    expect(waitMeanMs(station(3, 2))).toBeCloseTo(4000 / 9, 9);
  });

  it.each([0.1, 0.5, 0.9, 0.999])('is M/M/1 with one slot, at a utilisation of %d', (load) => {
    expect(waitProbability(station(1, load))).toBeCloseTo(load, 12);
    expect(waitMeanMs(station(1, load)) / (load / (1 - load))).toBeCloseTo(1000, 6);
    expect(queueLengthMean(station(1, load)) / (load ** 2 / (1 - load))).toBeCloseTo(1, 9);
    expect(responseQuantileMs(station(1, load), 0.99) / (Math.log(100) / (1 - load))).toBeCloseTo(1000, 6);
  });

  it('has quantiles that are the inverse of its tails', () => {
    const property = fc.property(anyStation, fc.double({ min: 0, max: 0.9999, noNaN: true }), (given, share) => {
      const waitMs = waitQuantileMs(given, share);
      if (waitMs > 0) expect(waitTail(given, waitMs)).toBeCloseTo(1 - share, 9);
      else expect(waitTail(given, 0)).toBeLessThanOrEqual(1 - share + 1e-12);
      expect(responseTail(given, responseQuantileMs(given, share))).toBeCloseTo(1 - share, 9);
    });
    fc.assert(property, { numRuns: 100, seed: 2 });
  });

  it('has a response of which the mean is that of wait and service', () => {
    const given = station(4, 3.2);
    let integral = 0;
    for (let tMs = 5; tMs < 40_000; tMs += 10) integral += responseTail(given, tMs) * 10;
    expect(integral / (waitMeanMs(given) + 1000)).toBeCloseTo(1, 4);
  });

  it('has no hole where wait and service are equally long', () => {
    // cμ − λ = μ
    const at = (load: number) => responseTail(station(3, load), 2500);
    expect(at(2)).toBeCloseTo((at(2 - 1e-7) + at(2 + 1e-7)) / 2, 10);
  });

  it('makes arrivals wait less with more slots, and longer with more load', () => {
    const property = fc.property(anyStation, (given) => {
      const wider = { ...given, slots: given.slots + 1 };
      const calmer = { ...given, ratePerS: given.ratePerS * 0.9 };
      for (const less of [wider, calmer]) {
        expect(waitProbability(less)).toBeLessThanOrEqual(waitProbability(given));
        expect(waitMeanMs(less)).toBeLessThanOrEqual(waitMeanMs(given));
        expect(responseQuantileMs(less, 0.99)).toBeLessThanOrEqual(responseQuantileMs(given, 0.99) * (1 + 1e-9));
      }
    });
    fc.assert(property, { numRuns: 100, seed: 3 });
  });

  it('works with 100,000 slots', () => {
    const given = station(100_000, 99_900);
    const inverse = inverseErlangB(100_000, 99_900);
    expect(waitProbability(given) * (inverse * 0.001 + 0.999)).toBeCloseTo(1, 8);
    expect(waitProbability(station(100_000, 10))).toBe(0);
    expect(waitQuantileMs(station(100_000, 10), 0.99)).toBe(0);
  });

  it.each([
    { given: station(2, 2), message: 'expected a utilisation below 1, got 1' },
    { given: station(1.5, 1), message: 'expected slots to be a whole number from 1 to 100000, got 1.5' },
    { given: station(100_001, 1), message: /^expected slots .*, got 100001$/ },
    { given: { slots: 1, ratePerS: 0, serviceMs: 1 }, message: 'expected ratePerS to be a number above 0, got 0' },
    { given: { slots: 1, ratePerS: 1, serviceMs: -1 }, message: 'expected serviceMs to be a number above 0, got -1' },
    { given: { slots: 1, ratePerS: Number.NaN, serviceMs: 1 }, message: /got NaN$/ },
  ])('refuses $given', ({ given, message }) => {
    expect(() => waitProbability(given)).toThrow(message);
  });

  it('refuses a share of all', () => {
    expect(() => waitQuantileMs(station(2, 1), 1)).toThrow('expected share to be from 0 to below 1, got 1');
    expect(() => responseQuantileMs(station(2, 1), -0.1)).toThrow('got -0.1');
  });
});

const anyStation = fc
  .record({
    slots: fc.integer({ min: 1, max: 200 }),
    utilisation: fc.double({ min: 0.05, max: 0.99, noNaN: true }),
    serviceMs: fc.double({ min: 0.01, max: 1000, noNaN: true }),
  })
  .map(({ slots, utilisation, serviceMs }) => ({
    slots,
    serviceMs,
    ratePerS: (utilisation * slots * 1000) / serviceMs,
  }));
