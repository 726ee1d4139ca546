/** Prediction beside measurement as one HTML file: the table, and the plots of wait and queue over utilisation. */
import { html, type Markup } from '../html/markup.js';
import { page, plotFigures } from '../html/page.js';
import { linearRange, logRange, type PlotSpec } from '../html/plot-spec.js';
import type { UplotAssets } from '../html/uplot-assets.js';
import { type ModelOptions, type ModelRow, waitError } from './model-run.js';

export interface ModelReport {
  readonly startedAt: Date;
  readonly options: ModelOptions;
  readonly rows: readonly ModelRow[];
}

interface Pair {
  readonly title: string;
  readonly label: string;
  readonly unit: string;
  readonly scale: 'linear' | 'log';
  readonly predicted: (row: ModelRow) => number;
  readonly measured: (row: ModelRow) => number;
}

const pairs: readonly Pair[] = [
  {
    title: 'Mean wait',
    label: 'mean wait (ms)',
    unit: 'ms',
    scale: 'log',
    predicted: ({ predicted }) => predicted.waitMeanMs,
    measured: ({ measured }) => measured.waitMeanMs,
  },
  {
    title: 'Wait at the 95th percentile',
    label: 'wait, p95 (ms)',
    unit: 'ms',
    scale: 'log',
    predicted: ({ predicted }) => predicted.waitP95Ms,
    measured: ({ measured }) => measured.waitP95Ms,
  },
  {
    title: 'Length of the queue',
    label: 'events waiting',
    unit: '',
    scale: 'linear',
    predicted: ({ predicted }) => predicted.queueLengthMean,
    measured: ({ measured }) => measured.queueLengthMean,
  },
  {
    title: 'Throughput',
    label: 'events per second',
    unit: '/s',
    scale: 'linear',
    predicted: ({ predicted }) => predicted.throughputPerS,
    measured: ({ measured }) => measured.throughputPerS,
  },
];

/** The whole file; it needs nothing besides itself. */
export function modelPage({ startedAt, options, rows }: ModelReport, uplot: UplotAssets): string {
  const plots = pairs.map((pair) => plotOf(pair, rows));
  const { slots, service, seed, events } = options;
  const title = `Queueing model and gateway: ${slots} slots, ${service} service`;
  const body = html`<header>
<h1>${title}</h1>
<p>${startedAt.toISOString()}, seed ${seed}, ${events} events at each utilisation. Poisson arrivals; what is predicted
uses the rate and the mean service time of the run, and nothing else of it.</p>
</header>
<main>
${plotFigures(plots, 0, true)}
${table(rows)}
</main>`;
  return page({ title, body, plots, uplot });
}

function plotOf(pair: Pair, rows: readonly ModelRow[]): PlotSpec {
  const xs = rows.map(({ predicted }) => predicted.utilisation);
  const predicted = rows.map(pair.predicted);
  const measured = rows.map(pair.measured);
  const values = [...predicted, ...measured];
  const range = pair.scale === 'log' ? logRange(values) : linearRange(values);
  return {
    title: pair.title,
    x: { label: 'utilisation (share of the slots’ time)', scale: 'linear', range: [0, 1] },
    y: { label: pair.label, scale: pair.scale, range },
    series: [
      { label: 'predicted', unit: pair.unit, colour: 'line-1', dash: 'dashed', width: 2, hasMarks: false },
      { label: 'measured', unit: pair.unit, colour: 'line-2', dash: 'solid', width: 2, hasMarks: true },
    ],
    tables: [[xs, predicted, measured]],
  };
}

function table(rows: readonly ModelRow[]): Markup {
  return html`<table>
<caption>Waits in milliseconds</caption>
<thead><tr><th>utilisation</th><th>offered/s</th><th>done/s</th><th>service</th><th>mean wait, predicted</th>
<th>measured</th><th>off by</th><th>p95, predicted</th><th>measured</th><th>queue, predicted</th><th>measured</th></tr></thead>
<tbody>${rows.map(
    (row) => html`<tr><td>${row.predicted.utilisation.toFixed(3)}</td><td>${row.ratePerS.toFixed(0)}</td>
<td>${row.measured.throughputPerS.toFixed(0)}</td><td>${row.serviceMs.toFixed(3)}</td>
<td>${row.predicted.waitMeanMs.toFixed(3)}</td><td>${row.measured.waitMeanMs.toFixed(3)}</td>
<td>${(waitError(row) * 100).toFixed(1)} %</td><td>${row.predicted.waitP95Ms.toFixed(2)}</td>
<td>${row.measured.waitP95Ms.toFixed(2)}</td><td>${row.predicted.queueLengthMean.toFixed(2)}</td>
<td>${row.measured.queueLengthMean.toFixed(2)}</td></tr>
`,
  )}</tbody>
</table>`;
}
