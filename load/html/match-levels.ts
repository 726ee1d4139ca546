/** Which load level of one run belongs to which of another. */
import type { BenchPoint } from '../report/bench-run.js';

export interface LevelPair {
  /** The label of both, or both labels. */
  readonly label: string;
  readonly a: BenchPoint;
  readonly b: BenchPoint;
}

export interface LevelMatch {
  /** In the order of `a`. */
  readonly pairs: readonly LevelPair[];
  readonly onlyA: readonly BenchPoint[];
  readonly onlyB: readonly BenchPoint[];
}

/** By the same label first; what is left, by its order. */
export function matchLevels(a: readonly BenchPoint[], b: readonly BenchPoint[]): LevelMatch {
  const matches = new Map<BenchPoint, BenchPoint>();
  const left = [...b];
  for (const point of a) {
    const at = left.findIndex(({ label }) => label === point.label);
    const [match] = at === -1 ? [] : left.splice(at, 1);
    if (match !== undefined) matches.set(point, match);
  }
  for (const point of a) {
    if (matches.has(point)) continue;
    const match = left.shift();
    if (match !== undefined) matches.set(point, match);
  }
  return {
    pairs: a.flatMap((point) => pair(point, matches.get(point))),
    onlyA: a.filter((point) => !matches.has(point)),
    onlyB: left,
  };
}

function pair(a: BenchPoint, b: BenchPoint | undefined): LevelPair[] {
  if (b === undefined) return [];
  return [{ label: a.label === b.label ? a.label : `${a.label} (b: ${b.label})`, a, b }];
}
