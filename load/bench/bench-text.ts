/** A run as a table for the terminal, its verdict first. */

import type { BenchPoint, BenchRun, LatencySummary } from '../report/bench-run.js';
import { checkText } from '../report/check-text.js';
import { hostileText } from '../report/hostile-text.js';
import { type Column, textTable } from '../report/text-table.js';

/** Ends with a line break. */
export function benchText(run: BenchRun): string {
  const classes = run.points.flatMap((point) =>
    point.classes.map(({ name, sent, ok, donePerS, latency }) => [
      `${run.points.length > 1 ? `${point.label} ` : ''}${name}`,
      whole(sent),
      whole(ok),
      whole(donePerS),
      ...latencies(latency),
    ]),
  );
  const parts = [
    `${run.scenario} against ${run.target}, seed ${run.seed}\n`,
    validity(run),
    table(pointHead, run.points.map(pointRow)),
    ...(classes.length === 0 ? [] : [table(classHead, classes)]),
    ...run.points.flatMap(failureLines),
    ...run.points.flatMap(({ hostile = [] }) => hostile.map((each) => `${hostileText(each)}\n`)),
    ...(run.checks === undefined || run.checks.length === 0 ? [] : [checkText(run.checks)]),
  ];
  return parts.join('\n');
}

const latencyHead = ['mean ms', 'p50', 'p90', 'p99', 'p99.9', 'max'];
const pointHead = [
  'load',
  'sent',
  'ok',
  'done/s',
  'good/s',
  ...latencyHead,
  'closed-loop p99',
  'lag p99',
  'CPU µs',
  'RSS MB',
];
const classHead = ['class', 'sent', 'ok', 'done/s', ...latencyHead];

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns: Column[] = heads.map((head, at) => ({ head, isRight: at > 0 }));
  return `${textTable(columns, rows, 'terminal')}\n`;
}

function pointRow(point: BenchPoint): string[] {
  const { server, generator } = point;
  return [
    point.label,
    whole(point.sent),
    whole(point.ok),
    whole(point.donePerS),
    goodput(point),
    ...latencies(point.latency),
    ms(point.service.p99Ms),
    ms(generator.lagP99Ms),
    server === undefined ? '' : server.cpuUsPerEvent.toFixed(1),
    server === undefined ? '' : whole(server.rssBytesMax / 2 ** 20),
  ];
}

function goodput({ goodputPerS, goodputSpread: spread }: BenchPoint): string {
  if (spread === undefined) return whole(goodputPerS);
  return `${whole(goodputPerS)} (${whole(spread.lowest)}–${whole(spread.highest)})`;
}

function failureLines(point: BenchPoint): string[] {
  const failures = Object.entries(point.failed).map(([name, count]) => `${name} ${whole(count)}`);
  if (point.unanswered > 0) failures.push(`unanswered ${whole(point.unanswered)}`);
  return failures.length === 0 ? [] : [`${point.label}: ${failures.join(', ')}\n`];
}

function validity({ verdict, invalid }: BenchRun): string {
  const counts = Object.entries(verdict.counts).map(([kind, count]) => `${count} ${kind}`);
  const audit = `audit: ${verdict.kind} (${whole(verdict.checked)} events${counts.length === 0 ? '' : `; ${counts.join(', ')}`})`;
  const findings = verdict.findings.slice(0, 5).map(({ kind, message }) => `  ${kind}: ${message}`);
  const faults = invalid.map((reason) => `NOT VALID: ${reason}`);
  return `${[audit, ...findings, ...faults].join('\n')}\n`;
}

function latencies({ meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }: LatencySummary): string[] {
  return [meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map(ms);
}

function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
