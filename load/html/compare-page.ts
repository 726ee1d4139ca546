/** Two runs side by side: one HTML file like a report. */
import type { BenchPoint, BenchRun } from '../report/bench-run.js';
import { comparedFigures, type Difference, differences, identities } from './comparison.js';
import { scrolling } from './level-tables.js';
import { breakable, html, type Markup } from './markup.js';
import { type LevelPair, matchLevels } from './match-levels.js';
import { page, plotFigures } from './page.js';
import type { PlotSpec } from './plot-spec.js';
import { armSources, levelPlots, loadPlots, sharedLatencyRange } from './run-plots.js';
import { invalidStamp, statusBoxes } from './status.js';
import type { UplotAssets } from './uplot-assets.js';

/** The whole file. Ratios are b/a. */
export function comparePage(a: BenchRun, b: BenchRun, uplot: UplotAssets): string {
  const { pairs, onlyA, onlyB } = matchLevels(a.points, b.points);
  const range = sharedLatencyRange(pairs.flatMap((pair) => [pair.a, pair.b]));
  const overall = loadPlots([...armSources(a.points, 'a'), ...armSources(b.points, 'b')]);
  const perLevel = pairs.map((pair) => levelPlots(named(pair.a, pair.b), range));
  const stamp = invalidStamp(a, b);
  const title = a.scenario === b.scenario ? a.scenario : `${a.scenario} / ${b.scenario}`;
  const body = html`<header>
<h1>${title}</h1>
<p class="quiet">a: ${a.target} · b: ${b.target}</p>
</header>
${statusBoxes(a, 'a')}${statusBoxes(b, 'b')}${differenceSection(a, b)}<section>
<h2>The runs</h2>
${sideBySide('The runs', [...identities(a, b), { name: 'command', a: a.command, b: b.command }])}</section>
${overall.length === 0 ? undefined : overallSection(overall, stamp)}${pairs.map((pair, at) =>
  levelSection(pair, { plots: perLevel[at] ?? [], first: overall.length + at * 3, stamp }),
)}${leftOver('a', onlyA)}${leftOver('b', onlyB)}`;
  const mark = stamp === undefined ? '' : 'INVALID: ';
  return page({ title: `${mark}${title}, a and b`, body, plots: [...overall, ...perLevel.flat()], uplot });
}

function differenceSection(a: BenchRun, b: BenchRun): Markup {
  const different = differences(a, b);
  return html`<section>
<h2>Not the same in both runs</h2>
${
  different.length === 0
    ? html`<p>Nothing: same settings, same scenario, same machine.</p>\n`
    : sideBySide('Not the same in both runs', different)
}</section>
`;
}

function sideBySide(name: string, rows: readonly Difference[]): Markup {
  return scrolling(
    name,
    html`<thead><tr><td></td><th scope="col" class="is-text">a</th><th scope="col" class="is-text">b</th></tr></thead>
<tbody>${rows.map(
      ({ name: what, a, b }) =>
        html`<tr><th scope="row">${what}</th><td class="is-text">${a}</td><td class="is-text">${b}</td></tr>\n`,
    )}</tbody>`,
    'sides',
  );
}

function overallSection(plots: readonly PlotSpec[], stamp: Markup | undefined): Markup {
  return html`<section>
<h2>By offered load${stamp}</h2>
${plotFigures(plots, 0, true)}</section>
`;
}

interface LevelParts {
  readonly plots: readonly PlotSpec[];
  readonly first: number;
  readonly stamp: Markup | undefined;
}

function levelSection(pair: LevelPair, { plots, first, stamp }: LevelParts): Markup {
  return html`<section>
<h2>${pair.label}${stamp}</h2>
${plotFigures(plots, first)}${figureTables(pair)}</section>
`;
}

/** A table per group of figures, side by side where there is room. */
function figureTables(pair: LevelPair): Markup {
  const figures = comparedFigures(pair);
  const groups = [...new Set(figures.map(({ group }) => group))];
  const tables = groups.map((group) => {
    const rows = figures
      .filter((figure) => figure.group === group)
      .map(
        ({
          name,
          a,
          b,
          ratio,
          better,
        }) => html`<tr><th scope="row">${breakable(name)}</th><td>${a}</td><td>${b}</td><td>${ratio}</td>\
<td class="is-text">${better}</td></tr>
`,
      );
    const heads = ['a', 'b', 'b/a'].map((text) => html`<th scope="col">${text}</th>`);
    return scrolling(
      `${pair.label}, ${group}`,
      html`<thead><tr><th scope="col" class="is-text">${group}</th>${heads}<th scope="col" class="is-text">better</th></tr></thead>
<tbody>${rows}</tbody>`,
      'pair',
    );
  });
  return html`<div class="plots">${tables}</div>
`;
}

function leftOver(name: string, points: readonly BenchPoint[]): Markup | undefined {
  if (points.length === 0) return undefined;
  return html`<p>Only in ${name}: ${points.map(({ label }) => label).join('; ')}</p>
`;
}

function named<T>(a: T, b: T): { readonly name: string; readonly of: T }[] {
  return [
    { name: 'a', of: a },
    { name: 'b', of: b },
  ];
}
