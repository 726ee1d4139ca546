import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listSchedule } from '../../../load/model/list-scheduling.js';

const services = [2, 3, 4, 5, 6];

describe('jobs on slots, in their order', () => {
  it.each([
    { slots: 1, finished: [2, 5, 9, 14, 20], responseMax: 20, responseMean: 10, throughput: 5 / 20 },
    { slots: 3, finished: [2, 3, 4, 7, 9], responseMax: 9, responseMean: 5, throughput: 5 / 9 },
    { slots: 5, finished: [2, 3, 4, 5, 6], responseMax: 6, responseMean: 4, throughput: 5 / 6 },
  ])('finish in the case of the article as computed by hand, with $slots slots', ({ slots, finished, ...summary }) => {
    const schedule = listSchedule(services, slots);
    expect(schedule.jobs.map(({ finish }) => finish)).toEqual(finished);
    expect(schedule).toMatchObject(summary);
  });

  it('wait for nothing when there are more slots than jobs', () => {
    expect(listSchedule(services, 100_000).jobs.map(({ wait }) => wait)).toEqual([0, 0, 0, 0, 0]);
  });

  it('start when they arrive, or when a slot is free', () => {
    expect(listSchedule([4, 4, 1], 2, [0, 1, 2]).jobs).toEqual([
      { arrival: 0, start: 0, finish: 4, wait: 0, response: 4 },
      { arrival: 1, start: 1, finish: 5, wait: 0, response: 4 },
      { arrival: 2, start: 4, finish: 5, wait: 2, response: 3 },
    ]);
    expect(listSchedule([1, 1], 1, [0, 10]).throughput).toBe(2 / 11);
  });

  it('never finish before the bounds of Graham, and within his guarantee', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 10 }),
      (times, slots) => {
        const work = times.reduce((sum, time) => sum + time, 0);
        const bound = Math.max(work / slots, ...times);
        const { responseMax } = listSchedule(times, slots);
        expect(responseMax).toBeGreaterThanOrEqual(bound);
        expect(responseMax).toBeLessThanOrEqual((2 - 1 / slots) * bound + 1e-9);
      },
    );
    fc.assert(property, { numRuns: 200, seed: 1 });
  });

  it.each([
    { args: [[], 1], message: 'expected at least one job, got none' },
    { args: [[0], 1], message: 'expected jobs that take time, got none that does' },
    { args: [[1], 0], message: 'expected slots to be a whole number from 1 to 100000, got 0' },
    { args: [[-1], 1], message: /^expected services\[0\] to be a number from 0 .*, got -1$/ },
    { args: [[1], 1, [0, 1]], message: 'expected an arrival for each of 1 jobs, got 2' },
    { args: [[1, 1], 1, [5, 4]], message: /^expected arrivals\[1\] to be a number from 5 .*, got 4$/ },
  ] as { args: Parameters<typeof listSchedule>; message: string | RegExp }[])('$args is refused', (row) => {
    expect(() => listSchedule(...row.args)).toThrow(row.message);
  });
});
