/** What two runs have to do with each other: where they were set up differently, and every figure beside its other. */
import type { BenchPoint, BenchRun } from '../report/bench-run.js';
import { type Fact, machineFacts, settingFacts } from './facts.js';
import { count, dateTime, noFigure, ratio, seconds } from './figures.js';
import type { LevelPair } from './match-levels.js';
import { type Metric, metrics, sentMetrics } from './metrics.js';

/** Something that was not the same in both runs, as text. */
export interface Difference {
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** One figure of both runs, as text. */
export interface ComparedFigure {
  readonly group: string;
  readonly name: string;
  readonly a: string;
  readonly b: string;
  /** b/a; a dash where one of them is missing or a is zero. */
  readonly ratio: string;
  /** Which way is better, where one is. */
  readonly better: string;
}

const notSet = 'not set';

/** Settings first, then the rest of the circumstances. Empty when the runs can be compared without a reservation. */
export function differences(a: BenchRun, b: BenchRun): Difference[] {
  return [
    ...factDifferences(settingFacts(a), settingFacts(b)),
    ...factDifferences(circumstances(a), circumstances(b)),
    ...factDifferences(machineFacts(a), machineFacts(b)),
  ];
}

/** What tells the runs apart, whether or not it differs. */
export function identities(a: BenchRun, b: BenchRun): Difference[] {
  const named = (name: string, of: (run: BenchRun) => string): Difference => ({ name, a: of(a), b: of(b) });
  return [
    named('target', ({ target }) => target),
    named('started', ({ startedAt }) => dateTime(startedAt)),
    named('validity', ({ invalid }) => (invalid.length === 0 ? 'valid' : `INVALID: ${invalid.join('; ')}`)),
    named('verdict', verdictText),
  ];
}

/** All figures of a load level; those that neither run has are left out. */
export function comparedFigures({ a, b }: LevelPair): ComparedFigure[] {
  const all = metrics.flatMap((metric) => (metric.name === 'failed' ? [metric, ...codeMetrics(a, b)] : [metric]));
  return [...all, ...sentMetrics].flatMap(({ group, name, better = '', of, text }) => {
    const [ofA, ofB] = [of(a), of(b)];
    if (ofA === undefined && ofB === undefined) return [];
    const shown = (value: number | undefined): string => (value === undefined ? noFigure : text(value));
    const hasRatio = ofA !== undefined && ofB !== undefined && ofA !== 0;
    return [{ group, name, a: shown(ofA), b: shown(ofB), ratio: hasRatio ? ratio(ofB / ofA) : noFigure, better }];
  });
}

/** One for each code that either run has. */
function codeMetrics(a: BenchPoint, b: BenchPoint): Metric[] {
  const codes = [...new Set([...Object.keys(a.failed), ...Object.keys(b.failed)])].toSorted();
  return codes.map((code) => ({
    group: 'events',
    name: `failed ${code}`,
    better: 'lower',
    of: ({ failed }) => failed[code] ?? 0,
    text: count,
  }));
}

function circumstances({ scenario, durationMs, seed }: BenchRun): Fact[] {
  return [
    ['scenario', scenario],
    ['duration', seconds(durationMs)],
    ['seed', String(seed)],
  ];
}

function factDifferences(a: readonly Fact[], b: readonly Fact[]): Difference[] {
  const [ofA, ofB] = [new Map(a), new Map(b)];
  return [...new Set([...ofA.keys(), ...ofB.keys()])]
    .map((name) => ({ name, a: ofA.get(name) ?? notSet, b: ofB.get(name) ?? notSet }))
    .filter((fact) => fact.a !== fact.b);
}

function verdictText({ verdict: { kind, checked, counts } }: BenchRun): string {
  const counted = kind === 'ok' ? [] : Object.entries(counts).map(([what, times]) => `${count(times)} ${what}`);
  return [kind, ...counted, `${count(checked)} checked`].join(', ');
}
