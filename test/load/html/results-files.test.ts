import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun } from '../../../load/html/read-run.js';
import { writeReport } from '../../../load/html/report-file.js';
import { samplePoint, sampleRun } from './sample-run.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(text: string): string {
  const path = join(folder, 'wrong.json');
  writeFileSync(path, text);
  return path;
}

function reading(run: object): () => unknown {
  const path = written(JSON.stringify(run));
  return () => readRun(path);
}

describe('a run on disk', () => {
  it('is JSON and HTML beside each other, in a folder that is made', () => {
    const run = sampleRun();
    const place = { folder: join(folder, 'new', 'deep'), name: '2026-11-30T07-24-29_steady-load' };
    const files = writeReport(run, place);
    expect(files).toEqual({
      json: join(place.folder, `${place.name}.json`),
      html: join(place.folder, `${place.name}.html`),
    });
    expect(readRun(files.json)).toEqual(run);
    expect(readFileSync(files.html, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('is read again without a server, too', () => {
    const run = sampleRun({ points: [{ ...samplePoint(5_000, 1), server: undefined }] });
    expect(readRun(writeReport(run, { folder, name: 'remote' }).json)).toStrictEqual(run);
  });

  it('is read again with goals, arms, spreads, samples and hostile clients', () => {
    const bound = { max: 50 };
    const run = sampleRun({
      points: [
        {
          ...samplePoint(5_000, 1),
          arm: 'controlled',
          factor: 2,
          goodputSpread: { median: 2, lowest: 1, highest: 3 },
          samples: [{ atMs: [0, 100], of: { slots: [1, 2] } }],
          startedLate: 0,
          hostile: [{ name: 'flood', connections: 1, opened: 2, closed: { 4101: 1 }, bytesWritten: 9 }],
        },
      ],
      checks: [
        { goal: 'O6', what: 'gap', unit: 'ms', bound, found: { median: 1, lowest: 1, highest: 1 }, isMet: true },
        { goal: 'O6', what: 'gap', unit: 'ms', bound, found: undefined, isMet: false },
      ],
    });
    expect(readRun(writeReport(run, { folder, name: 'goals' }).json)).toEqual(run);
  });

  it.each(['', '../up', 'a/b', '.hidden', 'a b'])('is not written under the name %j', (name) => {
    expect(() => writeReport(sampleRun(), { folder, name })).toThrow(/expected a file name of letters/);
  });
});

describe('a wrong file', () => {
  it('is named when it is not there', () => {
    expect(() => readRun(join(folder, 'none.json'))).toThrow(/none\.json: expected a results file, got ENOENT/);
  });

  it.each([
    ['no JSON', 'hello', /wrong\.json: expected JSON, got "hello"/],
    ['nothing', '', /wrong\.json: expected JSON, got ""/],
    ['of another format', '{"format":"sluice-bench/2"}', /expected .* format sluice-bench\/1, got "sluice-bench\/2"/],
    ['of no format', '{"rows":[]}', /expected .* format sluice-bench\/1, got a file without format/],
    ['no object', '[1]', /got a file without format/],
  ])('is refused when it is %s', (_, text, message) => {
    const path = written(text);
    expect(() => readRun(path)).toThrow(message);
  });

  it('is refused with each field that is not as it should be', () => {
    const { seed: _, ...run } = sampleRun({ settings: { a: null as never } });
    const [point] = run.points;
    const points = [{ ...point, latency: { ...point?.latency, p99Ms: '3' }, sent: -1 }];
    expect(reading({ ...run, points, verdict: { ...run.verdict, kind: 'fine' } })).toThrow(
      [
        'not a whole results file',
        'seed: expected number, got nothing',
        'settings.a: expected string, number or boolean, got null',
        'points[0].sent: expected at least 0, got -1',
        'points[0].latency.p99Ms: expected number, got "3"',
        'verdict.kind: expected ok | indeterminate | unexpected | reordered | duplicated | lost, got "fine"',
      ].join('\n  '),
    );
  });

  it('says how many more fields are wrong', () => {
    expect(reading({ format: 'sluice-bench/1' })).toThrow(/\n {2}and 6 more$/);
  });

  it('is refused when its arrays do not belong together', () => {
    const point = samplePoint(5_000, 1);
    const series = { ...point.series, p50Ms: [] };
    const curve = { ...point.curve, percentiles: point.curve.percentiles.toReversed() };
    expect(reading(sampleRun({ points: [{ ...point, series, curve }] }))).toThrow(
      /curve: expected values that rise\n {2}points\[0\]\.series: expected arrays of one length$/,
    );
  });
});
