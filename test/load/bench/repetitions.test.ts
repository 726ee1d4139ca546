import { describe, expect, it } from 'vitest';
import { middlePoints } from '../../../load/bench/repetitions.js';
import { samplePoint } from '../html/sample-run.js';

const repetition = (...goodputs: readonly number[]) =>
  goodputs.map((goodputPerS, at) => ({ ...samplePoint(1000 * (at + 1), 1), goodputPerS, sent: goodputPerS * 10 }));

describe('repetitions', () => {
  it('are told by the run in the middle of each level, with the spread of all', () => {
    const points = middlePoints([repetition(5, 30), repetition(1, 10), repetition(3, 20)]);
    expect(points).toMatchObject([
      { goodputPerS: 3, sent: 30, goodputSpread: { median: 3, lowest: 1, highest: 5 } },
      { goodputPerS: 20, sent: 200, goodputSpread: { median: 20, lowest: 10, highest: 30 } },
    ]);
  });

  it('of an even number are told by the lower one in the middle', () => {
    expect(middlePoints([repetition(4), repetition(2)])[0]).toMatchObject({
      goodputPerS: 2,
      goodputSpread: { median: 3 },
    });
  });

  it('have no spread where there is one', () => {
    const [point] = middlePoints([repetition(4)]);
    expect(point?.goodputPerS).toBe(4);
    expect(point?.goodputSpread).toBeUndefined();
  });
});
