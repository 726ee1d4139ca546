import { describe, expect, it } from 'vitest';
import { listSchedule } from '../../../load/model/list-scheduling.js';
import { predict, type ServiceKind } from '../../../load/model/predict.js';
import { constantService, exponentialService, simulateQueue } from './simulated-queue.js';

const kinds = [
  { service: 'exponential' as const, draw: exponentialService, closeTo: 0.05, repeat: 4 },
  { service: 'deterministic' as const, draw: constantService, closeTo: 0.1, repeat: 1 },
];
/**
 * Waits are rare where there is little load, and those of neighbours alike where there is much: both take long runs,
 * so that the error of the longest is about 1.5 % (one standard deviation) for exponential service.
 */
const loads = [
  { utilisation: 0.5, events: 150_000 },
  { utilisation: 0.6, events: 100_000 },
  { utilisation: 0.7, events: 100_000 },
  { utilisation: 0.8, events: 150_000 },
  { utilisation: 0.9, events: 500_000 },
];
const cases = kinds.flatMap((kind) => [1, 4, 8].flatMap((slots) => loads.map((load) => ({ ...kind, ...load, slots }))));

function prediction(slots: number, utilisation: number, service: ServiceKind) {
  return predict({ slots, ratePerS: 1000 * slots * utilisation, serviceMs: 1, service });
}

describe('a prediction', () => {
  it.each(cases)('is what a simulation finds: $service, $slots slots at $utilisation', (given) => {
    const { slots, utilisation, service, draw, closeTo } = given;
    const events = given.events * given.repeat;
    const found = simulateQueue({ slots, utilisation, service: draw, events, seed: 20_261_130 });
    const predicted = prediction(slots, found.utilisation, service);
    expect(Math.abs(predicted.waitMeanMs / found.waitMean - 1)).toBeLessThan(closeTo);
    expect(Math.abs(predicted.queueLengthMean / found.queueLengthMean - 1)).toBeLessThan(closeTo);
    expect(Math.abs(found.waitsWithin(predicted.waitP95Ms) - 0.95)).toBeLessThan(0.01);
  });

  it('says what comes in, how busy that keeps a slot, and by what it knows', () => {
    const station = { slots: 4, ratePerS: 160, serviceMs: 20 };
    expect(predict({ ...station, service: 'exponential' })).toMatchObject({
      throughputPerS: 160,
      utilisation: 0.8,
      formula: 'M/M/c, exact',
    });
    expect(predict({ ...station, service: 'deterministic' }).formula).toBe('M/D/c, exact');
  });

  it('goes on smoothly where the exact sums end', () => {
    for (const slots of [1, 8, 64]) {
      const exact = prediction(slots, 0.97, 'deterministic');
      const beyond = prediction(slots, 0.97 + 1e-9, 'deterministic');
      expect(beyond.formula).toBe('M/D/c, approximate');
      expect(Math.abs(beyond.waitMeanMs / exact.waitMeanMs - 1)).toBeLessThan(0.01);
      expect(Math.abs(beyond.waitP95Ms / exact.waitP95Ms - 1)).toBeLessThan(0.02);
    }
  });

  it.each(['exponential', 'deterministic'] as const)('refuses an overloaded station with %s service', (service) => {
    expect(() => prediction(4, 1.25, service)).toThrow('expected a utilisation below 1, got 1.25');
  });
});

describe('the simulation', () => {
  it('is the schedule of the same jobs', () => {
    const draws = [0.5, 2, 0.25, 1.5, 3];
    const services: number[] = [];
    const simulated = simulateQueue({
      slots: 2,
      utilisation: 0.9,
      events: 20,
      seed: 3,
      service: () => {
        const drawn = draws[services.length % draws.length] ?? 1;
        services.push(drawn);
        return drawn;
      },
    });
    expect(services).toHaveLength(20);
    const { jobs } = listSchedule(services, 2, simulated.arrivals);
    const waits = jobs.slice(1).map(({ wait }) => wait);
    expect(simulated.waitMean).toBeCloseTo(waits.reduce((sum, wait) => sum + wait, 0) / waits.length, 12);
    expect(simulated.waitMean).toBeGreaterThan(0);
  });
});
