import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as mmc from '../../../load/model/erlang-c.js';
import { latencyQuantileMs, latencyTail } from '../../../load/model/latency.js';
import { approximateWait } from '../../../load/model/mgc.js';
import { planWait } from '../../../load/model/plan.js';
import { serviceQuantileMs, serviceTail, serviceTimeOf } from '../../../load/model/service-time.js';
import { waitDecayMs } from '../../../load/model/wait-decay.js';
import { simulateQueue } from './simulated-queue.js';

function station(slots: number, utilisation: number, serviceCv: number) {
  return { slots, ratePerS: 1000 * slots * utilisation, serviceMs: 1, serviceCv };
}

describe('a service time', () => {
  it('has the mean and the variation that were asked for', () => {
    const property = fc.property(
      fc.double({ min: 0.1, max: 1000, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (serviceMs, cv) => {
        const { constantMs, branches } = serviceTimeOf(serviceMs, cv);
        let mean = constantMs;
        let secondMoment = constantMs ** 2;
        for (const { probability, meanMs } of branches) {
          mean += probability * meanMs;
          secondMoment += probability * (2 * constantMs * meanMs + 2 * meanMs ** 2);
        }
        expect(mean / serviceMs).toBeCloseTo(1, 9);
        expect((secondMoment - mean ** 2) / mean ** 2 / (cv ** 2 + 1)).toBeCloseTo(cv ** 2 / (cv ** 2 + 1), 6);
      },
    );
    fc.assert(property, { numRuns: 100, seed: 8 });
  });

  it.each([
    { cv: 0, name: 'constant', p99: 20 },
    { cv: 0.5, name: 'constant plus exponential', p99: 10 + 10 * Math.log(100) },
    { cv: 1, name: 'exponential', p99: 20 * Math.log(100) },
  ])('with a variation of $cv is $name', ({ cv, name, p99 }) => {
    const service = serviceTimeOf(20, cv);
    expect(service.name).toBe(name);
    expect(serviceQuantileMs(service, 0.99)).toBeCloseTo(p99, 9);
  });

  it('that varies more is hyperexponential, both kinds taking half of the time', () => {
    const service = serviceTimeOf(20, 2);
    expect(service.name).toBe('hyperexponential');
    for (const { probability, meanMs } of service.branches) expect(probability * meanMs).toBeCloseTo(10, 12);
    expect(serviceTail(service, serviceQuantileMs(service, 0.99))).toBeCloseTo(0.01, 10);
  });
});

describe('the decay of long waits', () => {
  it('is that of M/M/c for exponential service', () => {
    for (const [slots, utilisation] of [
      [1, 0.5],
      [8, 0.9],
      [1000, 0.999],
    ] as const) {
      const given = station(slots, utilisation, 1);
      const decayMs = waitDecayMs(given, serviceTimeOf(1, 1));
      expect(decayMs / mmc.waitingWaitMeanMs(given)).toBeCloseTo(1, 8);
    }
  });

  it('solves the equation of Takahashi', () => {
    const given = station(4, 0.7, 3);
    const service = serviceTimeOf(1, 3);
    const decayMs = waitDecayMs(given, service);
    let transform = 0;
    for (const { probability, meanMs } of service.branches) transform += probability / (1 - meanMs / (4 * decayMs));
    expect(transform).toBeCloseTo(1 + 1 / ((given.ratePerS / 1000) * decayMs), 10);
  });

  it('is not known for constant service', () => {
    expect(() => waitDecayMs(station(1, 0.5, 0), serviceTimeOf(1, 0))).toThrow(
      'expected service without a constant part, got constant',
    );
  });
});

describe('latency', () => {
  it('is the response of M/M/c when service is exponential', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0.05, max: 0.99, noNaN: true }),
      (slots, utilisation) => {
        const given = station(slots, utilisation, 1);
        const quantileMs = latencyQuantileMs(approximateWait(given), serviceTimeOf(1, 1), 0.99);
        expect(quantileMs / mmc.responseQuantileMs(given, 0.99)).toBeCloseTo(1, 8);
      },
    );
    fc.assert(property, { numRuns: 100, seed: 9 });
  });

  it('is the wait and a constant when service is constant', () => {
    const wait = { probability: 0.4, waitingMeanMs: 3 };
    const service = serviceTimeOf(20, 0);
    expect(latencyQuantileMs(wait, service, 0.99)).toBeCloseTo(20 + 3 * Math.log(40), 9);
    expect(latencyQuantileMs(wait, service, 0.5)).toBeCloseTo(20, 12);
    expect(latencyTail(wait, service, 19.999)).toBe(1);
  });

  it('has a percentile below the sum of the percentiles of its parts, and above each', () => {
    const property = fc.property(fc.double({ min: 0, max: 5, noNaN: true }), (cv) => {
      const wait = { probability: 1, waitingMeanMs: 1 };
      const service = serviceTimeOf(1, cv);
      const own = serviceQuantileMs(service, 0.99);
      const both = latencyQuantileMs(wait, service, 0.99);
      expect(both).toBeLessThanOrEqual((own + Math.log(100)) * (1 + 1e-9));
      expect(both).toBeGreaterThan(Math.max(own, Math.log(100)) * (1 - 1e-9));
    });
    fc.assert(property, { numRuns: 50, seed: 10 });
  });

  const simulated = [0, 0.5, 1, 2].flatMap((cv) =>
    [
      { slots: 1, utilisation: 0.8 },
      { slots: 8, utilisation: 0.8 },
    ].map((given) => ({ cv, ...given })),
  );

  it.each(simulated)('is within its percentiles in a simulation: variation $cv, $slots slots', (given) => {
    const { cv, slots, utilisation } = given;
    const service = serviceTimeOf(1, cv);
    const { tail } = planWait(station(slots, utilisation, cv), service);
    const found = simulateQueue({
      slots,
      utilisation,
      events: 300_000,
      seed: 7,
      service: (random) => {
        const [often, rare] = service.branches;
        const branch = rare !== undefined && random() > (often?.probability ?? 1) ? rare : often;
        return service.constantMs - (branch?.meanMs ?? 0) * Math.log(random());
      },
    });
    for (const share of [0.9, 0.95, 0.99]) {
      const within = found.doneWithin(latencyQuantileMs(tail, service, share));
      // Not less than promised but for the chance of the run, and not much more.
      expect(within).toBeGreaterThan(share - 0.006);
      expect(within).toBeLessThan(share + 0.03);
    }
  });
});
