/** The report as people read it: one table of all rows, and under it what has to be said about some of them. */
import type { Row, RowTarget } from './row.js';
import { type Summary, spreadOf } from './statistics.js';
import { type Column, type TableStyle, textTable } from './text-table.js';

const columns: readonly Column[] = [
  { head: 'goal' },
  { head: 'load' },
  { head: 'server' },
  { head: 'CPU µs/event', isRight: true },
  { head: '× limit', isRight: true },
  { head: 'held to' },
  { head: 'found' },
  { head: 'busy: server', isRight: true },
  { head: 'client', isRight: true },
];

const idleMark = '*';

/** The whole report, with a line break at the end. */
export function reportTable(rows: readonly Row[], style: TableStyle): string {
  const notes = notesOn(rows).map((note) => (style === 'markdown' ? `- ${note}` : note));
  const table = textTable(columns, rows.map(cells), style);
  return notes.length === 0 ? `${table}\n` : `${table}\n\n${notes.join('\n')}\n`;
}

function cells(row: Row): string[] {
  const { goal, title, server, target } = row;
  if (row.invalid !== undefined) return [goal, title, server, 'INVALID', '', heldTo(target), '', '', ''];
  if (row.missing !== undefined) return [goal, title, server, 'not installed', '', heldTo(target), '', '', ''];
  return [
    goal,
    title,
    server,
    withSpread(row.cpuUsPerEvent),
    row.limitRatio === undefined ? '' : row.limitRatio.median.toFixed(2),
    heldTo(target),
    found(target),
    percent(row.serverBusy) + (row.isIdle ? idleMark : ''),
    percent(row.clientBusy),
  ];
}

function heldTo(target: RowTarget | undefined): string {
  return target === undefined ? '' : `≤ ${target.ratioMax.toFixed(2)} × ${target.name}`;
}

function found(target: RowTarget | undefined): string {
  if (target?.ratio === undefined) return '';
  return `${withSpread(target.ratio)} ${target.ratio.median <= target.ratioMax ? 'met' : 'missed'}`;
}

function withSpread(summary: Summary | undefined): string {
  if (summary === undefined) return '';
  return `${summary.median.toFixed(2)} ±${percent(spreadOf(summary))}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}

function notesOn(rows: readonly Row[]): string[] {
  const notes = rows
    .filter(({ invalid }) => invalid !== undefined)
    .map(({ title, server, invalid }) => `INVALID ${title}, ${server}: ${invalid}`);
  notes.push(...new Set(rows.flatMap(({ missing }) => missing ?? [])));
  if (rows.some(({ isIdle }) => isIdle)) {
    notes.push(`${idleMark} the server ran less than 60 % of the time: with fewer events per turn, each costs it more`);
  }
  const foreignBusy = Math.max(0, ...rows.map((row) => row.foreignBusy ?? 0));
  if (foreignBusy > 0.2) notes.push(`Other processes kept up to ${foreignBusy.toFixed(1)} cores busy meanwhile.`);
  return notes;
}
