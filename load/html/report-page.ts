/** The report of one run: one HTML file that shows what was found and how to get it again. */
import type { BenchPoint, BenchRun } from '../report/bench-run.js';
import { hostileText } from '../report/hostile-text.js';
import { checkTable } from './check-table.js';
import { type Fact, machineFacts, settingFacts } from './facts.js';
import { dateTime, seconds } from './figures.js';
import { classTable, closedLoopTable, levelTable } from './level-tables.js';
import { html, type Markup } from './markup.js';
import { page, plotFigures } from './page.js';
import { armSources, levelPlots, loadPlots, sharedLatencyRange } from './run-plots.js';
import { samplePlots } from './sample-plots.js';
import { invalidStamp, statusBoxes } from './status.js';
import type { UplotAssets } from './uplot-assets.js';

const openLoopNote = `Latencies count from the time an event was due, so that waiting for a slow server is part of them.`;
const closedLoopNote = `A closed loop: the server sets the pace, and waiting for it is no part of the latencies.`;

/** The whole file. The same run gives the same text. */
export function reportPage(run: BenchRun, uplot: UplotAssets): string {
  const { scenario, target, startedAt, durationMs, points } = run;
  const range = sharedLatencyRange(points);
  const overall = loadPlots(armSources(points));
  const perLevel = points.map((point) => [...levelPlots([{ name: '', of: point }], range), ...samplePlots(point)]);
  const body = html`<header>
<h1>${scenario}</h1>
<p class="quiet">${target} · ${dateTime(startedAt)} · ${seconds(durationMs)}</p>
</header>
${statusBoxes(run)}${checks(run)}${again(run)}${tables(run)}${overall.length === 0 ? undefined : overallSection(run, overall)}<section>
<h2>Over time and by percentile${invalidStamp(run)}</h2>
<p class="quiet">All latency axes have the same scale. By percentile, the distance between the two lines is what a closed
loop does not see: how long events that were due had to wait until they were sent.</p>
${points.map(
  ({ label }, at) => html`<h3>${label}</h3>
${plotFigures(perLevel[at] ?? [], overall.length + perLevel.slice(0, at).flat().length)}${hostileList(points[at])}`,
)}</section>
`;
  const mark = run.invalid.length > 0 ? 'INVALID: ' : '';
  return page({ title: `${mark}${scenario}, ${target}`, body, plots: [...overall, ...perLevel.flat()], uplot });
}

function checks(run: BenchRun): Markup | undefined {
  if (run.checks === undefined || run.checks.length === 0) return undefined;
  return html`<section>
<h2>Goals${invalidStamp(run)}</h2>
${checkTable(run.checks)}</section>
`;
}

function hostileList(point: BenchPoint | undefined): Markup | undefined {
  if (point?.hostile === undefined) return undefined;
  return html`<ul>
${point.hostile.map(
  (each) => html`<li>${hostileText(each)}</li>
`,
)}</ul>
`;
}

function factList(facts: readonly Fact[]): Markup {
  return html`<dl>
${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>
`;
}

function again(run: BenchRun): Markup {
  return html`<section>
<h2>To get it again</h2>
<pre><code>${run.command}</code></pre>
<p>Seed <code>${run.seed}</code></p>
<div class="facts">
<div><h3>Settings</h3>
${factList(settingFacts(run))}</div>
<div><h3>Machine</h3>
${factList(machineFacts(run))}</div>
</div>
</section>
`;
}

function tables(run: BenchRun): Markup {
  const classes = classTable(run.points);
  const isOpenLoop = run.points.some(({ offeredPerS }) => offeredPerS > 0);
  return html`<section>
<h2>Load levels${invalidStamp(run)}</h2>
<p class="quiet">${isOpenLoop ? openLoopNote : closedLoopNote}</p>
${levelTable(run.points)}
${classes === undefined ? undefined : html`<h3>By class of event</h3>\n${classes}`}
${isOpenLoop ? closedLoopSection(run) : undefined}</section>
`;
}

function closedLoopSection({ points }: BenchRun): Markup {
  return html`<h3>What a closed loop would have shown</h3>
<p class="quiet">The same events, timed from when they were really sent.</p>
${closedLoopTable(points)}`;
}

function overallSection(run: BenchRun, plots: Parameters<typeof plotFigures>[0]): Markup {
  return html`<section>
<h2>By offered load${invalidStamp(run)}</h2>
${plotFigures(plots, 0, true)}</section>
`;
}
