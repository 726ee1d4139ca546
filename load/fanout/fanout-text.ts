/** The rows of a fan-out as a table, with its goals. */
import type { Check } from '../report/check.js';
import { checkText } from '../report/check-text.js';
import { type Summary, spreadOf } from '../report/statistics.js';
import { type Column, type TableStyle, textTable } from '../report/text-table.js';
import type { FanoutShape } from './fanout-order.js';
import type { FanoutRow } from './fanout-rows.js';

const columns: readonly Column[] = [
  { head: 'in flight', isRight: true },
  { head: 'server' },
  { head: 'deliveries/s', isRight: true },
  { head: 'CPU ns/delivery', isRight: true },
  { head: '× deliveries/s', isRight: true },
  { head: '× for the same CPU', isRight: true },
  { head: 'server busy', isRight: true },
  { head: 'client busy', isRight: true },
];

const boundMark = '*';

/** Ends with a line break. */
export function fanoutText(
  rows: readonly FanoutRow[],
  checks: readonly Check[],
  { shape, style }: { readonly shape: FanoutShape; readonly style: TableStyle },
): string {
  const { subscribers, topics } = shape;
  const title = `${counted(topics, 'topic')}, ${counted(subscribers / topics, 'subscriber')} each`;
  const parts = [title, '', textTable(columns, rows.map(cells), style), ...notes(rows)];
  return `${parts.join('\n')}\n${checks.length === 0 ? '' : `\n${checkText(checks)}`}`;
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

function cells(row: FanoutRow): string[] {
  if (row.invalid !== undefined) return [String(row.inFlight), row.server, 'INVALID'];
  return [
    String(row.inFlight),
    row.server,
    withSpread(row.deliveriesPerS, (value) => Math.round(value).toLocaleString('en')),
    withSpread(row.cpuNs, (value) => value.toFixed(0)),
    withSpread(row.rateRatio, (value) => value.toFixed(2)),
    withSpread(row.cpuRatio, (value) => value.toFixed(2)),
    percent(row.serverBusy),
    `${percent(row.clientBusy)}${row.isClientBound ? boundMark : ''}`,
  ];
}

function notes(rows: readonly FanoutRow[]): string[] {
  const lines = rows
    .filter(({ invalid }) => invalid !== undefined)
    .map(({ server, inFlight, invalid }) => `INVALID ${server}, ${inFlight} in flight: ${invalid}`);
  if (rows.some(({ isClientBound }) => isClientBound)) {
    lines.push(`${boundMark} the client was at its limit: the server could do more, and CPU is what to compare`);
  }
  const foreignBusy = Math.max(0, ...rows.map((row) => row.foreignBusy ?? 0));
  if (foreignBusy > 0.2) lines.push(`Other processes kept up to ${foreignBusy.toFixed(1)} cores busy meanwhile.`);
  return lines;
}

function withSpread(summary: Summary | undefined, text: (value: number) => string): string {
  if (summary === undefined) return '';
  return `${text(summary.median)} ±${percent(spreadOf(summary))}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}
