import { describe, expect, it } from 'vitest';
import { cosmetatosWaitMeanMs } from '../../../load/model/cosmetatos.js';
import {
  constantServiceQueue,
  constantServiceWaitAtMost,
  constantServiceWaitQuantileMs,
} from '../../../load/model/mdc.js';
import { pollaczekKhinchineMs } from '../../../load/model/mgc.js';

function station(slots: number, utilisation: number) {
  return { slots, ratePerS: slots * utilisation, serviceMs: 1000 };
}

/** The walk of the number that waits, step by step from an empty queue until it no longer moves. */
function walked(slots: number, utilisation: number): number[] {
  const arrivals: number[] = [];
  let probability = Math.exp(-slots * utilisation);
  for (let k = 0; k < 80; k++) {
    arrivals.push(probability);
    probability *= (slots * utilisation) / (k + 1);
  }
  let waiting: number[] = [1, ...new Array<number>(79).fill(0)];
  for (let step = 0; step < 400; step++) {
    const next = new Array<number>(80).fill(0);
    for (const [q, before] of waiting.entries()) {
      for (const [k, share] of arrivals.entries()) {
        const after = Math.min(79, Math.max(0, q + k - slots));
        next[after] = (next[after] ?? 0) + before * share;
      }
    }
    waiting = next;
  }
  return waiting;
}

describe('M/D/c', () => {
  it.each([0.1, 0.5, 0.8, 0.97])('is M/D/1 with one slot, at a utilisation of %d', (utilisation) => {
    const queue = constantServiceQueue(station(1, utilisation));
    const exact = pollaczekKhinchineMs({ ...station(1, utilisation), serviceCv: 0 });
    expect(queue.waitMeanMs / exact).toBeCloseTo(1, 9);
    expect(constantServiceWaitAtMost(queue, 0)).toBeCloseTo(1 - utilisation, 9);
    // Erlang, 1909: P(W ≤ t) = (1 − ρ)e^{ρt} within the first service time.
    expect(constantServiceWaitAtMost(queue, 400)).toBeCloseTo((1 - utilisation) * Math.exp(utilisation * 0.4), 9);
  });

  it.each([
    { slots: 1, utilisation: 0.5 },
    { slots: 2, utilisation: 0.5 },
    { slots: 3, utilisation: 0.7 },
    { slots: 8, utilisation: 0.75 },
  ])('has the queue that its walk arrives at, with $slots slots at $utilisation', ({ slots, utilisation }) => {
    const { queueAtMost, queueLengthMean } = constantServiceQueue(station(slots, utilisation));
    let sum = 0;
    let mean = 0;
    for (const [waiting, probability] of walked(slots, utilisation).entries()) {
      sum += probability;
      mean += waiting * probability;
      expect(queueAtMost[waiting] ?? 1).toBeCloseTo(sum, 10);
    }
    expect(queueLengthMean).toBeCloseTo(mean, 9);
  });

  it('has the mean of the published tables for two slots, half busy', () => {
    expect(constantServiceQueue(station(2, 0.5)).queueLengthMean).toBeCloseTo(0.177, 3);
  });

  it('is within two percent of the closed form of Cosmetatos from a utilisation of a half', () => {
    for (const slots of [2, 4, 8]) {
      for (const utilisation of [0.5, 0.7, 0.9]) {
        const given = station(slots, utilisation);
        const ratio = cosmetatosWaitMeanMs(given) / constantServiceQueue(given).waitMeanMs;
        expect(Math.abs(ratio - 1)).toBeLessThan(0.02);
      }
    }
  });

  it.each([
    { slots: 1, utilisation: 0.9 },
    { slots: 8, utilisation: 0.8 },
    { slots: 1000, utilisation: 0.97 },
  ])('has a distribution of waits with the mean of its waits, $slots slots at $utilisation', (given) => {
    const queue = constantServiceQueue(station(given.slots, given.utilisation));
    const stepMs = queue.waitMeanMs / 40;
    let integral = 0;
    let before = 0;
    for (let tMs = stepMs / 2; tMs < queue.waitMeanMs * 40; tMs += stepMs) {
      const atMost = constantServiceWaitAtMost(queue, tMs);
      expect(atMost).toBeGreaterThanOrEqual(before - 1e-9);
      integral += (1 - atMost) * stepMs;
      before = atMost;
    }
    expect(integral / queue.waitMeanMs).toBeCloseTo(1, 3);
    const quantileMs = constantServiceWaitQuantileMs(queue, 0.95);
    expect(constantServiceWaitAtMost(queue, quantileMs)).toBeCloseTo(0.95, 9);
  });

  it('refuses a utilisation its sums are too long for', () => {
    expect(() => constantServiceQueue(station(1, 0.971))).toThrow('expected a utilisation of at most 0.97, got 0.971');
    expect(() => constantServiceQueue(station(1, 1))).toThrow('expected a utilisation below 1, got 1');
  });
});
