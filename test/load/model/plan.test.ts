import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plan, type PlanOptions, plan } from '../../../load/model/plan.js';

function planned(options: PlanOptions): Plan {
  const found = plan(options);
  if (found.kind === 'no-plan') throw new Error(found.reason);
  return found;
}

/** M/M/c from the sum of the textbook, nothing of the model in it. */
function textbook(slots: number, ratePerMs: number, serviceMs: number) {
  const load = ratePerMs * serviceMs;
  let term = 1;
  let sum = 1;
  for (let k = slots; k > 0; k--) {
    term *= k / load;
    sum += term;
  }
  const utilisation = load / slots;
  const waits = 1 / (sum * (1 - utilisation) + utilisation);
  const serviceRate = 1 / serviceMs;
  const clearRate = slots * serviceRate - ratePerMs;
  const gap = clearRate - serviceRate;
  const latencyTail = (t: number): number => {
    const served = Math.exp(-serviceRate * t);
    // Both are equally long with 101 slots, and their sum is Erlang distributed.
    if (Math.abs(gap) < 1e-9) return (1 - waits) * served + waits * (1 + serviceRate * t) * served;
    return (1 - waits) * served + (waits * (clearRate * served - serviceRate * Math.exp(-clearRate * t))) / gap;
  };
  return { waits, utilisation, clearRate, latencyTail };
}

const example: PlanOptions = { ratePerS: 5000, serviceMs: 20, cv: 1, percentile: 99, targetMs: 200 };

describe('a plan', () => {
  it.each([
    { targetMs: 200, slots: 101, queueCapacity: 1145 },
    { targetMs: 100, slots: 103, queueCapacity: 377 },
    { targetMs: 93, slots: 109, queueCapacity: 119 },
  ])('for a p99 of $targetMs ms is what the textbook gives', ({ targetMs, slots, queueCapacity }) => {
    const found = planned({ ...example, targetMs });
    expect([found.slots, found.queueCapacity]).toEqual([slots, queueCapacity]);
    let least = 101;
    while (textbook(least, 5, 20).latencyTail(targetMs) > 0.01) least++;
    expect(found.slots).toBe(least);
    const { waits, utilisation, clearRate, latencyTail } = textbook(least, 5, 20);
    expect(found.utilisation).toBeCloseTo(utilisation, 12);
    expect(found.waitProbability).toBeCloseTo(waits, 10);
    expect(found.waitMeanMs).toBeCloseTo(waits / clearRate, 8);
    expect(found.latencyMeanMs).toBeCloseTo(20 + waits / clearRate, 8);
    expect(found.waitPercentileMs).toBeCloseTo(Math.log(waits * 100) / clearRate, 7);
    expect(found.servicePercentileMs).toBeCloseTo(20 * Math.log(100), 8);
    expect(latencyTail(found.latencyPercentileMs)).toBeCloseTo(0.01, 9);
    expect(found.queueLengthMean).toBeCloseTo((5 * waits) / clearRate, 8);
    expect(waits * utilisation ** found.queueCapacity).toBeLessThan(1e-5);
    expect(waits * utilisation ** (found.queueCapacity - 1)).toBeGreaterThanOrEqual(1e-5);
  });

  it('for constant service needs the least, and for service that varies much the most', () => {
    const slots = [0, 0.5, 1].map((cv) => planned({ ...example, cv, targetMs: 95 }).slots);
    expect(slots).toEqual(slots.toSorted((a, b) => a - b));
    expect(planned({ ...example, cv: 2, targetMs: 250 }).slots).toBeGreaterThanOrEqual(
      planned({ ...example, targetMs: 250 }).slots,
    );
  });

  it('with headroom is the plan for that much more', () => {
    expect(planned({ ...example, headroom: 0.2 })).toEqual(planned({ ...example, ratePerS: 6000 }));
    expect(planned({ ...example, headroom: 0.2 }).ratePerSMax).toBe(6050);
  });

  it('needs no queue when next to nothing finds all slots busy', () => {
    const found = planned({ ratePerS: 0.001, serviceMs: 1, cv: 0, percentile: 99, targetMs: 5 });
    expect([found.slots, found.queueCapacity, found.waitPercentileMs]).toEqual([1, 0, 0]);
    expect(found.latencyPercentileMs).toBe(1);
  });

  it('meets its target, and takes no more slots for a longer one, and no less for more events', () => {
    const property = fc.property(anyOptions, (options) => {
      const found = planned(options);
      expect(found.latencyPercentileMs).toBeLessThanOrEqual(options.targetMs * (1 + 1e-9));
      expect(found.utilisation).toBeLessThan(1);
      expect(planned({ ...options, targetMs: options.targetMs * 1.5 }).slots).toBeLessThanOrEqual(found.slots);
      expect(planned({ ...options, ratePerS: options.ratePerS * 1.5 }).slots).toBeGreaterThanOrEqual(found.slots);
    });
    fc.assert(property, { numRuns: 100, seed: 11 });
  });

  it('says what it assumes', () => {
    for (const [cv, part] of [
      [0, /same time/],
      [0.5, /constant part/],
      [1, /exact for M\/M\/c/],
      [2, /hyperexponential/],
    ] as const) {
      const { assumptions } = planned({ ...example, cv, targetMs: 300 });
      expect(assumptions.join(' ')).toMatch(part);
      for (const sentence of assumptions) expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('no plan', () => {
  it.each([
    { cv: 0, targetMs: 19, reason: /at least 20 ms, .* 99th percentile \(constant\), got 19 ms$/ },
    { cv: 0.5, targetMs: 50, reason: /at least 56\.05 ms, .* \(constant plus exponential\), got 50 ms$/ },
    { cv: 1, targetMs: 92, reason: /at least 92\.1 ms, .* \(exponential\), got 92 ms$/ },
    { cv: 2, targetMs: 200, reason: /at least 214\.9 ms, .* \(hyperexponential\), got 200 ms$/ },
  ])('is there when service alone takes longer: variation $cv, target $targetMs ms', ({ cv, targetMs, reason }) => {
    expect(plan({ ...example, cv, targetMs })).toEqual({ kind: 'no-plan', reason: expect.stringMatching(reason) });
  });

  it('is there when it would take more slots than can be', () => {
    expect(plan({ ...example, ratePerS: 1e9 })).toEqual({
      kind: 'no-plan',
      reason: 'expected a load for at most 100000 slots, got one for more',
    });
  });

  it.each([
    { change: { ratePerS: 0 }, message: 'expected ratePerS to be a number above 0, got 0' },
    { change: { serviceMs: Number.NaN }, message: 'expected serviceMs to be a number above 0, got NaN' },
    { change: { targetMs: -1 }, message: 'expected targetMs to be a number above 0, got -1' },
    { change: { cv: -1 }, message: 'expected cv to be a number from 0 to 100, got -1' },
    { change: { percentile: 100 }, message: 'expected percentile to be a number from 1 to 99.99, got 100' },
    { change: { headroom: -0.1 }, message: 'expected headroom to be a number from 0 to 100, got -0.1' },
  ])('is made of $change', ({ change, message }) => {
    expect(() => plan({ ...example, ...change })).toThrow(message);
  });
});

const anyOptions = fc.record({
  ratePerS: fc.double({ min: 0.1, max: 20_000, noNaN: true }),
  serviceMs: fc.double({ min: 0.1, max: 100, noNaN: true }),
  cv: fc.double({ min: 0, max: 4, noNaN: true }),
  percentile: fc.constantFrom(50, 90, 95, 99, 99.9),
  // Longer than any of these services takes at any of these percentiles.
  targetMs: fc.double({ min: 10_000, max: 50_000, noNaN: true }),
});
