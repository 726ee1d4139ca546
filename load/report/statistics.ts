/** What a few repetitions say together. */

export interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Median and extremes. @returns undefined when there is no value */
export function summarize(values: readonly number[]): Summary | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [lowest] = sorted;
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] ?? highest;
  const lower = sorted[(sorted.length - 1) >> 1] ?? lowest;
  return { median: (lower + upper) / 2, lowest, highest };
}

/** Half the distance from the lowest to the highest value, as a share of the median. */
export function spreadOf({ median, lowest, highest }: Summary): number {
  return median === 0 ? 0 : (highest - lowest) / 2 / median;
}
