import { describe, expect, it } from 'vitest';
import { ToldRanges } from '../../src/topics/told-ranges.js';

describe('ToldRanges', () => {
  it('joins ranges that touch, wherever they come', () => {
    const ranges = new ToldRanges();
    ranges.add(5, 6);
    ranges.add(10, 12);
    ranges.add(1, 2);
    expect(ranges.size).toBe(3);
    ranges.add(3, 4);
    expect(ranges.size).toBe(2);
    ranges.add(6, 20);
    expect(ranges.size).toBe(1);
    expect([0, 1, 20, 21].map((offset) => ranges.has(offset))).toEqual([false, true, true, false]);
  });

  it('says what of a range is not in it', () => {
    const ranges = new ToldRanges();
    ranges.add(3, 4);
    ranges.add(7, 9);
    expect(ranges.others(1, 10)).toEqual({ from: 1, to: 10, count: 5 });
    expect(ranges.others(3, 9)).toEqual({ from: 5, to: 6, count: 2 });
    expect(ranges.others(7, 8).count).toBe(0);
    expect(ranges.others(11, 12)).toEqual({ from: 11, to: 12, count: 2 });
  });

  it('forgets what was confirmed, and the lowest ranges when there are too many', () => {
    const ranges = new ToldRanges();
    for (let i = 1; i <= 1030; i += 1) ranges.add(i * 2, i * 2);
    expect(ranges.size).toBe(1024);
    expect([ranges.has(12), ranges.has(14)]).toEqual([false, true]);
    ranges.forget(100);
    expect([ranges.has(100), ranges.has(102)]).toEqual([false, true]);
  });
});
