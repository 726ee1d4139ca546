import { describe, expect, it } from 'vitest';
import { boundText, checksOf, foundText, type GoalFigure, spreadText } from '../../../load/report/check.js';
import { checkText, goalsTable } from '../../../load/report/check-text.js';

const figure = (value: number | undefined, bound: GoalFigure['bound'] = { min: 90 }): GoalFigure => ({
  goal: 'O1',
  what: 'goodput',
  value,
  unit: '%',
  bound,
});

describe('a goal', () => {
  it.each([
    [90, { min: 90 }, true],
    [89.9, { min: 90 }, false],
    [50, { max: 50 }, true],
    [50.1, { max: 50 }, false],
    [undefined, { min: 0 }, false],
    [Number.NaN, { min: 0 }, false],
    [Number.POSITIVE_INFINITY, { min: 0 }, false],
  ] as const)('with %s held to %j is met: %s', (value, bound, isMet) => {
    expect(checksOf([[figure(value, bound)]])[0]?.isMet).toBe(isMet);
  });

  it('is met by the median of the repetitions, and shows the spread', () => {
    const [check] = checksOf([[figure(95)], [figure(50)], [figure(92)]]);
    expect(check).toMatchObject({ found: { median: 92, lowest: 50, highest: 95 }, isMet: true });
    expect(check === undefined ? '' : spreadText(check)).toBe('50 to 95 %');
  });

  it('has no figure where one repetition has none', () => {
    const [check] = checksOf([[figure(95)], [figure(undefined)]]);
    expect(check).toMatchObject({ found: undefined, isMet: false });
    expect(check === undefined ? '' : foundText(check)).toBe('–');
  });
});

describe('the table of goals', () => {
  const checks = checksOf([[figure(93.44), { ...figure(3, { max: 2 }), unit: '×', what: 'p99' }]]);

  it('says what was found, what it is held to, and whether that is met', () => {
    const lines = checkText(checks).split('\n');
    expect(lines[2]).toMatch(/^O1 +goodput +93\.4 % +≥ 90 % +yes$/);
    expect(lines[3]).toMatch(/^O1 +p99 +3× +≤ 2× +NO$/);
    expect(boundText({ bound: { max: 50 }, unit: 'ms' })).toBe('≤ 50 ms');
  });

  it('has the command of each as Markdown, too', () => {
    const table = goalsTable(
      checks.map((check) => ({ check, command: 'sluice bench overload' })),
      'markdown',
    );
    expect(table).toContain('| `sluice bench overload` |');
  });
});
