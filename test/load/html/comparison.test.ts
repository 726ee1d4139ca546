import { describe, expect, it } from 'vitest';
import { comparePage } from '../../../load/html/compare-page.js';
import { compareText } from '../../../load/html/compare-text.js';
import { comparedFigures, differences } from '../../../load/html/comparison.js';
import { matchLevels } from '../../../load/html/match-levels.js';
import { otherRun, samplePoint, sampleRun } from './sample-run.js';

const uplot = { script: '', style: '' };

function level(label: string) {
  return { ...samplePoint(1_000, 1), label };
}

describe('levels', () => {
  const names = (a: string[], b: string[]) => {
    const { pairs, onlyA, onlyB } = matchLevels(a.map(level), b.map(level));
    const label = (point: { label: string }) => point.label;
    return { pairs: pairs.map((pair) => pair.label), onlyA: onlyA.map(label), onlyB: onlyB.map(label) };
  };

  it('belong together by label, whatever their order', () => {
    expect(names(['1', '2'], ['2', '1'])).toEqual({ pairs: ['1', '2'], onlyA: [], onlyB: [] });
  });

  it('belong together by order where no label is the same', () => {
    expect(names(['1', '2', '3'], ['x', '2', 'y'])).toEqual({
      pairs: ['1 (b: x)', '2', '3 (b: y)'],
      onlyA: [],
      onlyB: [],
    });
  });

  it('are left over where one run has more', () => {
    expect(names(['1', '2'], ['2'])).toEqual({ pairs: ['2'], onlyA: ['1'], onlyB: [] });
    expect(names(['1'], ['x', '1', 'y'])).toEqual({ pairs: ['1'], onlyA: [], onlyB: ['x', 'y'] });
  });

  it('of one label are matched one to one', () => {
    expect(names(['1', '1'], ['1', '1', '1'])).toEqual({ pairs: ['1', '1'], onlyA: [], onlyB: ['1'] });
  });
});

describe('differences', () => {
  it('are none between runs of the same settings', () => {
    expect(differences(sampleRun(), sampleRun({ target: 'other', startedAt: '2026-12-01T00:00:00Z' }))).toEqual([]);
  });

  it('name settings first, those that only one run has too, then circumstances and machine', () => {
    const { machine } = sampleRun();
    const b = sampleRun({ seed: 7, settings: { connections: 400, mode: 'fast' }, machine: { ...machine, cores: 8 } });
    const a = sampleRun({ settings: { connections: 200, encoding: 'json' } });
    expect(differences(a, b)).toEqual([
      { name: 'connections', a: '200', b: '400' },
      { name: 'encoding', a: 'json', b: 'not set' },
      { name: 'mode', a: 'not set', b: 'fast' },
      { name: 'seed', a: '4242', b: '7' },
      { name: 'cores', a: '2', b: '8' },
    ]);
  });
});

describe('figures of two runs', () => {
  const a = { ...level('1'), donePerS: 1_000, unanswered: 0, failed: { internal: 4 }, server: undefined };
  const b = { ...level('1'), donePerS: 1_250, unanswered: 3, failed: { cancelled: 2 }, server: undefined };
  const figures = comparedFigures({ label: '1', a, b });
  const figure = (name: string) => figures.find((each) => each.name === name);

  it('have their ratio, and which way is better', () => {
    expect(figure('done')).toEqual({
      group: 'per second',
      name: 'done',
      a: '1,000',
      b: '1,250',
      ratio: '1.25',
      better: 'higher',
    });
  });

  it('have no ratio to zero', () => {
    expect(figure('unanswered')).toMatchObject({ a: '0', b: '3', ratio: '–' });
  });

  it('have each code of either run, and leave out what neither has', () => {
    expect(figure('failed internal')).toMatchObject({ a: '4', b: '0', ratio: '0.00' });
    expect(figure('failed cancelled')).toMatchObject({ a: '0', b: '2', ratio: '–' });
    expect(figures.filter(({ group }) => group === 'server')).toEqual([]);
  });
});

describe('the text for a terminal', () => {
  const lines = compareText(sampleRun(), otherRun()).split('\n');

  it('begins with the settings that differ', () => {
    expect(lines[0]).toBe('Not the same in both runs:');
    expect(lines[3]).toMatch(/^connections +200 +400$/);
    expect(compareText(sampleRun(), sampleRun())).toMatch(/^Same settings, same scenario, same machine\.\n/);
  });

  it('has a line for each figure of each level', () => {
    expect(lines.some((line) => /^10,000\/s +per second: offered +10,000 +10,000 +1\.00$/.test(line))).toBe(true);
    expect(lines.some((line) => /^ +latency from due time, ms: p99 +[\d.]+ +[\d.]+ +[\d.]+ +lower$/.test(line))).toBe(
      true,
    );
  });

  it('says which levels have no other, and when a run is invalid', () => {
    const text = compareText(
      sampleRun({ points: [level('1'), level('2')] }),
      sampleRun({ points: [level('2')], invalid: ['late'] }),
    );
    expect(text).toMatch(/\nOnly in a: 1\n$/);
    expect(text).toContain('INVALID: late');
    expect(compareText(sampleRun({ points: [] }), sampleRun())).toContain('No load level in common.');
  });
});

describe('the page of two runs', () => {
  it('shows what differs before any figure, and both verdicts before that', () => {
    const page = comparePage(sampleRun(), otherRun(), uplot);
    const places = [
      'b: Verdict: ok',
      'Not the same in both runs',
      '<th scope="row">connections',
      'By offered load',
      'goodput',
    ];
    const found = places.map((place) => page.indexOf(place));
    expect(found).toEqual(found.toSorted((one, other) => one - other));
    expect(found).not.toContain(-1);
  });

  it('is marked when one of them is invalid', () => {
    const page = comparePage(sampleRun(), sampleRun({ invalid: ['late'] }), uplot);
    expect(page).toContain('<title>INVALID: ');
    expect(page).toContain('b: INVALID RUN');
    expect(page).toContain('WITH AN INVALID RUN');
  });

  it('escapes both runs', () => {
    const page = comparePage(sampleRun({ scenario: '<script>a' }), sampleRun({ scenario: '<script>b' }), uplot);
    expect(page).not.toMatch(/<script>[ab]/);
  });
});
