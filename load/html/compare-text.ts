/** Two runs side by side, for a terminal. */
import type { BenchPoint, BenchRun } from '../report/bench-run.js';
import { textTable } from '../report/text-table.js';
import { comparedFigures, type Difference, differences, identities } from './comparison.js';
import { matchLevels } from './match-levels.js';

const figureColumns = [
  { head: 'load' },
  { head: 'figure' },
  { head: 'a', isRight: true },
  { head: 'b', isRight: true },
  { head: 'b/a', isRight: true },
  { head: 'better' },
];

/** Which runs they are, what was set differently, and every figure of each load level. Ends with a line break. */
export function compareText(a: BenchRun, b: BenchRun): string {
  const { pairs, onlyA, onlyB } = matchLevels(a.points, b.points);
  const different = differences(a, b);
  const rows = pairs.flatMap((pair) =>
    comparedFigures(pair).map(({ group, name, a: ofA, b: ofB, ratio, better }, at) => [
      at === 0 ? pair.label : '',
      `${group}: ${name}`,
      ofA,
      ofB,
      ratio,
      better,
    ]),
  );
  const parts = [
    different.length === 0
      ? 'Same settings, same scenario, same machine.'
      : `Not the same in both runs:\n${namesTable(different)}`,
    namesTable(identities(a, b)),
    ...(rows.length === 0 ? ['No load level in common.'] : [textTable(figureColumns, rows, 'terminal')]),
    ...leftOver('a', onlyA),
    ...leftOver('b', onlyB),
  ];
  return `${parts.join('\n\n')}\n`;
}

function namesTable(rows: readonly Difference[]): string {
  return textTable(
    [{ head: '' }, { head: 'a' }, { head: 'b' }],
    rows.map(({ name, a, b }) => [name, a, b]),
    'terminal',
  );
}

function leftOver(name: string, points: readonly BenchPoint[]): string[] {
  return points.length === 0 ? [] : [`Only in ${name}: ${points.map(({ label }) => label).join('; ')}`];
}
