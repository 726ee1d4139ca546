import { describe, expect, it } from 'vitest';
import { benchText } from '../../../load/bench/bench-text.js';
import { reportPage } from '../../../load/html/report-page.js';
import { armSources, loadPlots } from '../../../load/html/run-plots.js';
import { samplePlots } from '../../../load/html/sample-plots.js';
import type { BenchPoint } from '../../../load/report/bench-run.js';
import { checksOf } from '../../../load/report/check.js';
import { samplePoint, sampleRun } from './sample-run.js';

const uplot = { script: '', style: '' };
const arm = (name: string): BenchPoint[] =>
  [1000, 2000].map((load) => ({ ...samplePoint(load, 1), arm: name, label: `${name} ${load}/s` }));
const checks = checksOf([
  [
    { goal: 'O1', what: 'goodput at 10×', value: 95, unit: '%', bound: { min: 90 } },
    { goal: 'O6', what: 'longest gap', value: 80, unit: 'ms', bound: { max: 50 } },
  ],
]);

describe('goals in a report', () => {
  it('say in words which are met, on the page and in the terminal', () => {
    const run = sampleRun({ checks });
    const page = reportPage(run, uplot);
    expect(page).toContain('<td class="is-text">✓ met</td>');
    expect(page).toContain('<td class="is-text">✗ NOT MET</td>');
    expect(benchText(run)).toMatch(/O6 +longest gap +80 ms +≤ 50 ms +NO/);
  });

  it('have no place where a scenario has none', () => {
    expect(reportPage(sampleRun(), uplot)).not.toContain('>Goals<');
  });
});

describe('arms', () => {
  it('are lines of the same plot, each with a name', () => {
    const [plot] = loadPlots(armSources([...arm('controlled'), ...arm('uncontrolled')]));
    expect(plot?.series.map(({ label }) => label)).toEqual([
      ...['controlled: as offered', 'controlled: done', 'controlled: goodput'],
      ...['uncontrolled: as offered', 'uncontrolled: done', 'uncontrolled: goodput'],
    ]);
    expect(plot?.tables.map(([xs]) => xs)).toEqual([
      [1000, 2000],
      [1000, 2000],
    ]);
  });

  it('have no name where there are none', () => {
    expect(armSources(sampleRun().points).map(({ name }) => name)).toEqual(['']);
    expect(armSources(arm('controlled'), 'a').map(({ name }) => name)).toEqual(['a controlled']);
  });
});

describe('samples', () => {
  const point: BenchPoint = {
    ...samplePoint(1000, 1),
    samples: [
      { atMs: [0, 500, 1000], of: { slots: [1, 2, 3], waiting: [0, 0, 9] } },
      { atMs: [0, 600], of: { capacity: [20, 40] } },
    ],
  };

  it('are plots over time, the truth as steps beside what was found', () => {
    const plots = samplePlots(point);
    expect(plots.map(({ title }) => title)).toEqual(['Slots over time', 'Queue over time']);
    expect(plots[0]?.tables).toEqual([
      [
        [0, 0.6, 0.6, 1],
        [20, 20, 40, 40],
      ],
      [
        [0, 0.5, 1],
        [1, 2, 3],
      ],
    ]);
  });

  it('each have a place of their own on the page', () => {
    const page = reportPage(sampleRun({ points: [point, samplePoint(2000, 2)] }), uplot);
    const places = [...page.matchAll(/data-plot="(\d+)"/g)].map(([, place]) => Number(place));
    expect(places).toEqual(places.map((_, at) => at));
    const [, json = '[]'] = /<script type="application\/json" id="plots">(.*?)<\/script>/s.exec(page) ?? [];
    expect(JSON.parse(json)).toHaveLength(places.length);
  });

  it('of hostile clients say what became of them', () => {
    const hostile = [{ name: 'flood', connections: 1, opened: 3, closed: { 4101: 2 }, bytesWritten: 3 * 2 ** 20 }];
    const text = 'flood: 1 connection, opened 3 times, 3.0 MiB sent; closed: 4101 2 times';
    expect(reportPage(sampleRun({ points: [{ ...point, hostile }] }), uplot)).toContain(text);
    expect(benchText(sampleRun({ points: [{ ...point, hostile }] }))).toContain(text);
  });

  it('are not there where nothing was looked at', () => {
    expect(samplePlots(samplePoint(1000, 1))).toEqual([]);
  });
});
