/** Ranges of whole numbers, ends included: what of a row of numbers is missing. */
export type Range = readonly [from: number, to: number];

/** How many numbers of a range are in `ranges`, which do not overlap. */
export function covered(ranges: readonly Range[], [from, to]: Range): number {
  return ranges.reduce((sum, range) => sum + Math.max(0, Math.min(to, range[1]) - Math.max(from, range[0]) + 1), 0);
}

/** What is left of `ranges` without the numbers of `cut`. */
export function without(ranges: readonly Range[], [cutFrom, cutTo]: Range): Range[] {
  return ranges.flatMap(([from, to]): Range[] => {
    if (cutTo < from || cutFrom > to) return [[from, to]];
    const left: Range[] = cutFrom > from ? [[from, cutFrom - 1]] : [];
    return cutTo < to ? [...left, [cutTo + 1, to]] : left;
  });
}
