import { describe, expect, it } from 'vitest';
import { spreadOf, summarize } from '../../load/report/statistics.js';

describe('a few values together', () => {
  it.each([
    { values: [3], median: 3, lowest: 3, highest: 3, spread: 0 },
    { values: [10, 1], median: 5.5, lowest: 1, highest: 10, spread: 9 / 2 / 5.5 },
    { values: [2, 10, 3], median: 3, lowest: 2, highest: 10, spread: 4 / 3 },
    { values: [4, 100, 2, 3], median: 3.5, lowest: 2, highest: 100, spread: 98 / 2 / 3.5 },
    { values: [0, 0, 0], median: 0, lowest: 0, highest: 0, spread: 0 },
  ])('$values have the median $median', ({ values, median, lowest, highest, spread }) => {
    const given = [...values];
    const summary = summarize(given);
    expect(summary).toEqual({ median, lowest, highest });
    expect(spreadOf(summary ?? { median: 0, lowest: 0, highest: 0 })).toBeCloseTo(spread);
    expect(given).toEqual(values);
  });

  it('say nothing when there are none', () => {
    expect(summarize([])).toBeUndefined();
  });
});
