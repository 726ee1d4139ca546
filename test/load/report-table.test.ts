import { describe, expect, it } from 'vitest';
import { reportTable } from '../../load/report/report-table.js';
import type { Row } from '../../load/report/row.js';
import { textTable } from '../../load/report/text-table.js';

const columns = [{ head: 'name' }, { head: 'µs', isRight: true }];

describe('a table', () => {
  it('is aligned for a terminal', () => {
    const text = textTable(
      columns,
      [
        ['limit', '2.40'],
        ['é', '12.00'],
      ],
      'terminal',
    );
    expect(text.split('\n')).toEqual(['name      µs', '-----  -----', 'limit   2.40', 'é      12.00']);
  });

  it('is Markdown', () => {
    const text = textTable(columns, [['limit', '2.40']], 'markdown');
    expect(text.split('\n')).toEqual(['| name  |   µs |', '| ----- | ---: |', '| limit | 2.40 |']);
  });
});

const summary = { median: 2.5, lowest: 2.4, highest: 2.6 };
const good: Row = {
  id: 'a',
  goal: 'P1',
  title: '50 × 32, JSON',
  server: 'gateway',
  cpuUsPerEvent: summary,
  serverBusy: 0.996,
  clientBusy: 0.5,
  foreignBusy: 0.1,
  limitRatio: { median: 1.04, lowest: 1, highest: 1.1 },
  target: { name: 'limit', ratioMax: 1, ratio: { median: 1.04, lowest: 0.99, highest: 1.09 } },
  isIdle: false,
};

/** The table's cells, and the notes under it. */
function report(...rows: Row[]): { cells: string[][]; notes: string[] } {
  const lines = reportTable(rows, 'terminal').split('\n');
  const table = lines.slice(2, 2 + rows.length).map((line) => line.split(/ {2,}/));
  return { cells: table, notes: lines.slice(2 + rows.length).filter((line) => line !== '') };
}

describe('the report', () => {
  it('has absolute figures, the ratio to the limit, and the goal beside what was found', () => {
    const expected = ['P1', '50 × 32, JSON', 'gateway', '2.50 ±4 %', '1.04', '≤ 1.00 × limit', '1.04 ±5 % missed'];
    expect(report(good)).toEqual({ cells: [[...expected, '100 %', '50 %']], notes: [] });
  });

  it('says when a goal is met', () => {
    const row = { ...good, target: { name: 'P1', ratioMax: 1.25, ratio: summary } };
    expect(reportTable([row], 'terminal')).toContain('≤ 1.25 × P1  2.50 ±4 % missed');
    const met = { ...row, target: { ...row.target, ratioMax: 2.5 } };
    expect(reportTable([met], 'terminal')).toContain('2.50 ±4 % met');
  });

  it('shows no figure of an invalid row, and says why below', () => {
    const bad: Row = { id: 'b', goal: 'P2', title: '1000 × 1', server: 'ws-json', invalid: 'a reply was lost' };
    const { cells, notes } = report(good, bad);
    expect(cells[1]).toEqual(['P2', '1000 × 1', 'ws-json', 'INVALID']);
    expect(notes).toEqual(['INVALID 1000 × 1, ws-json: a reply was lost']);
  });

  it('says once what is not installed, which is no fault', () => {
    const missing = 'not measured: mosquitto is not installed (Debian package mosquitto)';
    const row: Row = { id: 'm', goal: 'P1', title: '50 × 32', server: 'mosquitto', missing };
    const { cells, notes } = report(row, { ...row, id: 'n', goal: 'P2', title: '1000 × 1' }, good);
    expect(cells[0]).toEqual(['P1', '50 × 32', 'mosquitto', 'not installed']);
    expect(cells[1]).toEqual(['P2', '1000 × 1', 'mosquitto', 'not installed']);
    expect(notes).toEqual([missing]);
  });

  it('marks a server that was idle, and says when others used the machine', () => {
    const { cells, notes } = report({ ...good, serverBusy: 0.4, isIdle: true, foreignBusy: 0.5 });
    expect(cells[0]).toContain('40 %*');
    expect(notes).toEqual([expect.stringMatching(/^\* the server ran/), expect.stringMatching(/0\.5 cores/)]);
  });

  it('is Markdown that a page can quote, notes as a list', () => {
    const text = reportTable([{ ...good, isIdle: true }], 'markdown');
    expect(text).toMatch(/^\| goal \| load .*\n\| ---- \|/);
    expect(text).toMatch(/\n\n- \* the server ran.*\n$/);
  });
});
