/** What is drawn, as plain data: a page holds one such description per plot, and its script draws any of them. */

export interface PlotSpec {
  readonly title: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  /** In the order of the values in `tables`. */
  readonly series: readonly SeriesSpec[];
  /** Each is `[xs, ys, ys, …]`: series that share their xs are in one table. Null is a gap. */
  readonly tables: readonly PlotTable[];
}

export type PlotTable = readonly (readonly (number | null)[])[];

export interface AxisSpec {
  /** With its unit. */
  readonly label: string;
  /** `percentile` is the axis of HDR histograms: its values are 1/(1-p), on a logarithmic scale. */
  readonly scale: 'linear' | 'log' | 'percentile';
  /** First and last value shown. Positive where the scale is not linear. */
  readonly range: readonly [number, number];
}

export interface SeriesSpec {
  readonly label: string;
  /** Unit of its values, shown behind them. */
  readonly unit: string;
  readonly colour: Colour;
  readonly dash: Dash;
  /** In pixels. */
  readonly width: number;
  /** A mark at each value: for few of them. */
  readonly hasMarks: boolean;
}

/** Names of custom properties of the style sheet, which knows them for light and dark. */
export const colours = ['line-1', 'line-2', 'line-3', 'line-quiet'] as const;
export type Colour = (typeof colours)[number];

export type Dash = 'solid' | 'dashed' | 'dotted';

/** From 0 to a round number a little above the largest value. */
export function linearRange(values: Iterable<number | null>): [number, number] {
  return [0, roundUp(largest(values, 0) * 1.02) || 1];
}

/** Round numbers around all positive values; 0.1 to 10 where there is none. */
export function logRange(values: Iterable<number | null>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    if (value === null || value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return [0.1, 10];
  const [from, to] = [roundDown(low), roundUp(high)];
  return from === to ? [roundDown(from * 0.9), roundUp(to * 1.1)] : [from, to];
}

/** The next of a few round numbers times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [5, 2, 1].find((factor) => factor * power <= value) ?? 1;
  return step * power;
}

function largest(values: Iterable<number | null>, floor: number): number {
  let most = floor;
  for (const value of values) most = Math.max(most, value ?? floor);
  return most;
}
