/** A goal of a scenario: a figure of the run, what it is held to, and whether it is met. Nothing here is a result. */
import { type Summary, summarize } from './statistics.js';

/** Units of figures; `×` is a ratio. */
export const units = ['', '%', 'ms', 's', '/s', '×', 'MiB', 'events', 'closings'] as const;

/** A goal and the figure of one run. */
export interface GoalFigure {
  /** Which goal it belongs to, such as `O1`. */
  readonly goal: string;
  /** What the figure is, in words. */
  readonly what: string;
  /** Undefined where the run has no such figure: that meets no goal. */
  readonly value: number | undefined;
  readonly unit: (typeof units)[number];
  readonly bound: Bound;
}

/** The goal is met from here on: at least, or at most. */
export type Bound = { readonly min: number } | { readonly max: number };

/** A goal over all repetitions. */
export interface Check extends Omit<GoalFigure, 'value'> {
  /** Undefined where any repetition had no figure. */
  readonly found: Summary | undefined;
  /** Whether the median is within the bound. */
  readonly isMet: boolean;
}

/** Joins the figures of the repetitions, which have the same goals in the same order. */
export function checksOf(repetitions: readonly (readonly GoalFigure[])[]): Check[] {
  const [first = []] = repetitions;
  return first.map(({ goal, what, unit, bound }, at) => {
    const values = repetitions.map((figures) => figures[at]?.value);
    const found = values.every(isFigure) ? summarize(values) : undefined;
    return { goal, what, unit, bound, found, isMet: found !== undefined && isWithin(found.median, bound) };
  });
}

/** `≥ 90 %`. */
export function boundText({ bound, unit }: Pick<Check, 'bound' | 'unit'>): string {
  return 'min' in bound ? `≥ ${figureText(bound.min, unit)}` : `≤ ${figureText(bound.max, unit)}`;
}

/** The figure with its unit; a dash where there is none. */
export function foundText({ found, unit }: Pick<Check, 'found' | 'unit'>): string {
  return found === undefined ? '–' : figureText(found.median, unit);
}

/** `91 to 94 %`; empty for a single repetition. */
export function spreadText({ found, unit }: Pick<Check, 'found' | 'unit'>): string {
  if (found === undefined || found.lowest === found.highest) return '';
  return `${numberText(found.lowest)} to ${figureText(found.highest, unit)}`;
}

function isFigure(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}

function isWithin(value: number, bound: Bound): boolean {
  return 'min' in bound ? value >= bound.min : value <= bound.max;
}

function figureText(value: number, unit: Check['unit']): string {
  const space = unit === '' || unit === '×' || unit === '/s' ? '' : ' ';
  return `${numberText(value)}${space}${unit}`;
}

function numberText(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}
