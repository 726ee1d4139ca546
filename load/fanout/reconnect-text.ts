/** What became of crowds that came back, as a table with its goals. */
import type { Check, GoalFigure } from '../report/check.js';
import { checkText } from '../report/check-text.js';
import { type Column, textTable } from '../report/text-table.js';
import type { EchoFigures } from './echo-probe.js';
import type { ReconnectResult } from './reconnect-order.js';

/** One crowd, and what others noticed of it. */
export interface ReconnectRun {
  readonly result: ReconnectResult;
  readonly echo: {
    readonly before: EchoFigures;
    readonly during: EchoFigures;
    readonly after: EchoFigures;
    readonly faults: number;
  };
}

const resumedWithinS = 15;
const columns: readonly Column[] = [
  { head: '' },
  { head: 'before', isRight: true },
  { head: 'until all are back', isRight: true },
  { head: 'after', isRight: true },
];

/** The goals of one run. */
export function reconnectFigures({ result, echo }: ReconnectRun): GoalFigure[] {
  const { resumedMs, faults } = result;
  const lost = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const seconds = resumedMs === undefined ? undefined : resumedMs / 1000;
  return [
    { goal: 'R7', what: 'all sessions taken up again', value: seconds, unit: 's', bound: { max: resumedWithinS } },
    { goal: 'R7', what: 'lost, doubled or not in order', value: lost, unit: 'events', bound: { max: 0 } },
    { goal: 'R7', what: 'others refused or closed meanwhile', value: echo.faults, unit: 'events', bound: { max: 0 } },
  ];
}

/** Ends with a line break. */
export function reconnectText(runs: readonly ReconnectRun[], checks: readonly Check[]): string {
  return `${runs.map(runText).join('\n')}\n${checkText(checks)}`;
}

function runText({ result, echo }: ReconnectRun): string {
  const { resumedMs, retried, messages, replayed, items, rss, clientBusy, faults, firstFault } = result;
  const { before, during, after } = echo;
  const rows = [
    ['echo p99 of others', ms(before.p99Ms), ms(during.p99Ms), ms(after.p99Ms)],
    ['their longest', ms(before.maxMs), ms(during.maxMs), ms(after.maxMs)],
    ['resident', mib(rss.beforeBytes), mib(rss.peakBytes), mib(rss.afterBytes)],
  ];
  const counts = Object.entries(faults).filter(([, count]) => count !== 0);
  return [
    `back after ${resumedMs === undefined ? 'never' : `${(resumedMs / 1000).toFixed(2)} s`}, ${whole(retried)} tried more than ` +
      `once; the client used ${Math.round(clientBusy * 100)} % of its core`,
    `${whole(messages)} messages (${whole(replayed)} of them again), ${whole(items)} items`,
    ...(counts.length === 0 ? [] : [`NOT WHOLE: ${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')}`]),
    ...(firstFault === undefined ? [] : [`first: ${firstFault}`]),
    '',
    textTable(columns, rows, 'terminal'),
    '',
  ].join('\n');
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(1)} ms` : '–';
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function whole(value: number): string {
  return value.toLocaleString('en');
}
