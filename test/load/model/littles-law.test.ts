import { describe, expect, it } from 'vitest';
import { listSchedule } from '../../../load/model/list-scheduling.js';
import { meanInside, meanRatePerS, meanTimeMs } from '../../../load/model/littles-law.js';

describe("Little's law", () => {
  it('has three forms, of which each gives back what the others started from', () => {
    expect(meanInside(5000, 20)).toBe(100);
    expect(meanTimeMs(100, 5000)).toBe(20);
    expect(meanRatePerS(100, 20)).toBe(5000);
  });

  it('holds for a schedule looked at from its first arrival to its last end', () => {
    const { jobs, throughput, responseMean } = listSchedule([2, 3, 4, 5, 6], 3);
    let area = 0;
    for (let second = 0; second < 9; second++) {
      area += jobs.filter(({ arrival, finish }) => arrival <= second && finish > second).length;
    }
    expect(meanInside(throughput, responseMean * 1000)).toBeCloseTo(area / 9, 12);
  });

  it('refuses what no mean can be', () => {
    expect(() => meanInside(-1, 1)).toThrow(/^expected ratePerS to be .*, got -1$/);
    expect(() => meanInside(1, Number.NaN)).toThrow(/^expected timeMs to be .*, got NaN$/);
    expect(() => meanTimeMs(1, 0)).toThrow('expected ratePerS to be a number above 0, got 0');
    expect(() => meanRatePerS(1, 0)).toThrow('expected timeMs to be a number above 0, got 0');
  });
});
