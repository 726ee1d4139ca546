import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCurves } from '../../../load/curves/run-curves.js';
import { writeCurves } from '../../../load/curves/write-curves.js';
import { samplePoint, sampleRun } from '../html/sample-run.js';

const arm = (name: string, goodputs: readonly number[]) =>
  goodputs.map((goodputPerS, at) => ({ ...samplePoint(1000 * (at + 1), 1), arm: name, goodputPerS }));

const overload = sampleRun({
  scenario: 'overload',
  points: [...arm('controlled', [1000, 990]), ...arm('uncontrolled', [1000, 10])],
});
const adaptive = sampleRun({
  scenario: 'adaptive',
  points: [
    {
      ...samplePoint(1000, 1),
      samples: [
        { atMs: [0, 500, 900], of: { slots: [1, 20, 21] } },
        { atMs: [0, 600], of: { capacity: [20, 40] } },
      ],
    },
  ],
});

describe('the curves of runs', () => {
  it('have goodput with and without control over the offered load', () => {
    const { overload: curve } = runCurves([overload]);
    expect(curve?.lines.map(({ label, points }) => [label, points.map(({ y }) => y)])).toEqual([
      ['without control', [1000, 10]],
      ['with control', [1000, 990]],
    ]);
    expect(curve?.from).toEqual([{ command: overload.command, startedAt: overload.startedAt }]);
  });

  it('have the spread where there is one', () => {
    const points = arm('controlled', [5]).map((point) => ({
      ...point,
      goodputSpread: { median: 6, lowest: 4, highest: 9 },
    }));
    const { overload: curve } = runCurves([sampleRun({ scenario: 'overload', points })]);
    expect(curve?.lines[1]?.points).toEqual([{ x: 1000, y: 6, lowest: 4, highest: 9 }]);
  });

  it('have p99 by priority, and only where there were events', () => {
    const [first] = samplePoint(1000, 1).classes;
    const points = [1, 2].map((at) => ({
      ...samplePoint(1000 * at, 1),
      classes: first === undefined ? [] : [{ ...first, name: at === 1 ? 'low' : 'critical' }],
    }));
    const { priorities: curve } = runCurves([sampleRun({ scenario: 'priorities', points })]);
    expect(curve?.lines.map(({ label, points: all }) => [label, all.map(({ x }) => x)])).toEqual([
      ['low', [1000]],
      ['critical', [2000]],
    ]);
  });

  it('have the limit over the capacity, which holds to the end', () => {
    const { adaptive: curve } = runCurves([adaptive]);
    expect(curve?.lines[0]).toMatchObject({
      isStep: true,
      points: [
        { x: 0, y: 20 },
        { x: 0.6, y: 40 },
        { x: 0.9, y: 40 },
      ],
    });
    expect(curve?.lines[1]?.points).toHaveLength(3);
  });

  it('are not drawn for other scenarios, nor for runs without the figures', () => {
    expect(runCurves([sampleRun(), sampleRun({ scenario: 'overload', points: [] })])).toEqual({});
  });

  it('are written as a picture and as the figures it was drawn from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-curves-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(writeCurves([overload, adaptive], folder)).toHaveLength(2);
    expect(readdirSync(folder).sort()).toEqual(['adaptive.json', 'adaptive.svg', 'overload.json', 'overload.svg']);
    expect(JSON.parse(readFileSync(join(folder, 'overload.json'), 'utf8'))).toEqual(runCurves([overload]).overload);
  });
});
