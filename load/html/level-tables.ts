/** The tables of a report: its load levels, its classes of events, and the figures a closed loop would have shown. */
import type { BenchPoint, EventClass } from '../report/bench-run.js';
import { count, noFigure, precise } from './figures.js';
import { breakable, html, type Markup } from './markup.js';
import { dueLatency, failedCount, latencyFigures, type Metric, metrics, sentMetrics } from './metrics.js';

interface Column {
  readonly group: string;
  readonly name: string;
}

/** All figures of all load levels, a row each. */
export function levelTable(points: readonly BenchPoint[]): Markup {
  return metricTable('Load levels', metrics, points);
}

/** Latencies from the time of sending. */
export function closedLoopTable(points: readonly BenchPoint[]): Markup {
  return metricTable('Latencies from sending', sentMetrics, points);
}

/** A row for each class of each load level. @returns undefined where no level has classes */
export function classTable(points: readonly BenchPoint[]): Markup | undefined {
  const rows = points.flatMap(({ label, classes }) => classes.map((each) => classRow(label, each)));
  if (rows.length === 0) return undefined;
  const columns: Column[] = [
    { group: 'events', name: 'sent' },
    { group: 'events', name: 'ok' },
    { group: 'per second', name: 'done' },
    ...latencyFigures.map(({ name }) => ({ group: dueLatency, name })),
  ];
  return scrolling('Classes of events', html`${head(['load', 'class'], columns)}<tbody>${rows}</tbody>`);
}

/** A table that scrolls in itself where the page is too narrow for it. */
export function scrolling(name: string, table: Markup, look?: 'sides' | 'pair'): Markup {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table class="${look}">
${table}</table></div>
`;
}

function metricTable(name: string, columns: readonly Metric[], points: readonly BenchPoint[]): Markup {
  const rows = points.map(
    (point) => html`<tr><th scope="row">${point.label}${bottleneckNote(point)}</th>${columns.map((metric, at) =>
      cell(metric.name === 'failed' ? failures(point) : figure(metric, point), isFirst(columns, at)),
    )}</tr>
`,
  );
  return scrolling(name, html`${head(['load'], columns)}<tbody>${rows}</tbody>`);
}

/** Two rows: the groups, and what is in them. */
function head(texts: readonly string[], columns: readonly Column[]): Markup {
  const groups = columns.flatMap(({ group }, at) =>
    isFirst(columns, at) ? [{ group, span: columns.filter((column) => column.group === group).length }] : [],
  );
  return html`<thead>
<tr>${texts.map((text) => html`<th scope="col" rowspan="2" class="is-text">${text}</th>`)}${groups.map(
    ({ group, span }) => html`<th scope="colgroup" colspan="${span}" class="is-first">${group}</th>`,
  )}</tr>
<tr>${columns.map(
    ({ name }, at) => html`<th scope="col"${isFirst(columns, at) ? html` class="is-first"` : undefined}>${name}</th>`,
  )}</tr>
</thead>
`;
}

function classRow(label: string, { name, sent, ok, donePerS, latency }: EventClass): Markup {
  const latencies = latencyFigures.map(({ of }, at) =>
    cell(latency.count === 0 ? noFigure : precise(of(latency)), at === 0),
  );
  return html`<tr><th scope="row">${label}</th><td class="is-text">${name}</td>${[
    cell(count(sent), true),
    cell(count(ok), false),
    cell(precise(donePerS), true),
    ...latencies,
  ]}</tr>
`;
}

function cell(content: string | Markup, isFirstOfGroup: boolean): Markup {
  return html`<td${isFirstOfGroup ? html` class="is-first"` : undefined}>${content}</td>`;
}

function figure({ of, text }: Metric, point: BenchPoint): string {
  const value = of(point);
  return value === undefined ? noFigure : text(value);
}

/** The sum, and each code with its share of it. */
function failures(point: BenchPoint): Markup {
  const codes = Object.entries(point.failed).toSorted(([, a], [, b]) => b - a);
  return html`${count(failedCount(point))}${codes.map(([code, times]) => html`<small>${breakable(code)} ${count(times)}</small>`)}`;
}

function bottleneckNote({ generator }: BenchPoint): Markup | undefined {
  return generator.isBottleneck ? html`<small>✗ generator was the bottleneck</small>` : undefined;
}

function isFirst(columns: readonly Column[], at: number): boolean {
  return columns[at]?.group !== columns[at - 1]?.group;
}
