/** Values to places on a picture, with round marks. */
import type { CurveAxis } from './curve.js';

export interface Scale {
  /** Place of a value between `from` and `to` of the picture. */
  at(value: number): number;
  /** Round values that have a mark, rising. */
  readonly marks: readonly number[];
}

const marksWanted = 6;

/**
 * Linear scales begin at 0. A logarithmic one has no place for 0 and below: that is drawn at its lower end.
 * @param place ends of the axis on the picture
 */
export function scaleOf(
  { scale }: CurveAxis,
  values: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): Scale {
  if (scale === 'linear') {
    const step = roundStep(Math.max(...values, 0) / marksWanted);
    const end = step * Math.max(1, Math.ceil(Math.max(...values, 0) / step - 1e-9));
    const count = Math.round(end / step);
    return {
      at: (value) => from + ((to - from) * value) / end,
      marks: Array.from({ length: count + 1 }, (_, at) => at * step),
    };
  }
  const positive = values.filter((value) => value > 0);
  const low = Math.min(...positive, Number.MAX_SAFE_INTEGER);
  const [first, last] = positive.length === 0 ? [1, 10] : [low, Math.max(...positive)];
  const all = logMarks(first, last);
  const [begin, end] = [all[0] ?? first, all.at(-1) ?? last];
  const length = Math.log(end / begin) || 1;
  return {
    at: (value) => from + ((to - from) * Math.log(Math.max(value, begin) / begin)) / length,
    marks: all,
  };
}

/** 1, 2 and 5 of every decade around both values; where that is too much, decades alone. */
function logMarks(low: number, high: number): number[] {
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of [1, 2, 5]) marks.push(Number(`${factor}e${power}`));
  }
  const firstAbove = marks.findIndex((mark) => mark > low * 1.000_001);
  const lastBelow = marks.findLastIndex((mark) => mark < high * 0.999_999);
  return marks.slice(Math.max(0, firstAbove - 1), Math.max(firstAbove, lastBelow + 1) + 1);
}

function roundStep(least: number): number {
  if (least <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= least) ?? 10);
}
