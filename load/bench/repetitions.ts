/** Several runs of the same levels, put together into one: of each level, the run in the middle stands for all. */
import type { BenchPoint } from '../report/bench-run.js';
import { summarize } from '../report/statistics.js';

/**
 * The point with the median goodput of each level, with the spread over all; with an even number, the lower of the two
 * in the middle. All repetitions have the same levels in the same order.
 */
export function middlePoints(repetitions: readonly (readonly BenchPoint[])[]): BenchPoint[] {
  const [first = []] = repetitions;
  if (repetitions.length < 2) return [...first];
  return first.map((point, at) => {
    const same = repetitions.flatMap((points) => points[at] ?? []);
    const byGoodput = same.toSorted((a, b) => a.goodputPerS - b.goodputPerS);
    const middle = byGoodput[(byGoodput.length - 1) >> 1] ?? point;
    return { ...middle, goodputSpread: summarize(same.map(({ goodputPerS }) => goodputPerS)) };
  });
}
