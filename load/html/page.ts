/** One HTML file that needs nothing besides itself: its frame, and what makes it keep to itself. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { html, Markup, scriptJson } from './markup.js';
import type { PlotSpec } from './plot-spec.js';
import type { UplotAssets } from './uplot-assets.js';

export interface PageParts {
  readonly title: string;
  readonly body: Markup;
  /** Each has its place in the body, made by `plotFigures`. */
  readonly plots: readonly PlotSpec[];
  readonly uplot: UplotAssets;
}

/**
 * The whole file. Browsers are told to load nothing and to run nothing but the two scripts in it, known by their hash:
 * even a mistake in escaping would run nobody's code.
 */
export function page({ title, body, plots, uplot }: PageParts): string {
  const scripts = [uplot.script, asset('draw-plots.js')].map(closed('script'));
  const styles = [uplot.style, asset('page.css')].map(closed('style'));
  const hashes = (texts: readonly string[]): string => texts.map((text) => `'sha256-${sha256(text)}'`).join(' ');
  const policy = `default-src 'none'; script-src ${hashes(scripts)}; style-src ${hashes(styles)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${styles.map((text) => new Markup(`<style>${text}</style>\n`))}</head>
<body>
${body}
<script type="application/json" id="plots">${new Markup(scriptJson(plots))}</script>
${scripts.map((text) => new Markup(`<script>${text}</script>\n`))}</body>
</html>
`.text;
}

/** Places for plots, side by side where there is room. `first` is the place of the first of them in `PageParts.plots`. */
export function plotFigures(plots: readonly PlotSpec[], first: number, isLarge = false): Markup {
  const figures = plots.map(
    ({ title }, at) => html`<figure>
<figcaption>${title}</figcaption>
<div data-plot="${first + at}"></div>
</figure>
`,
  );
  return html`<div class="${isLarge ? 'plots is-large' : 'plots'}">
${figures}</div>
<noscript><p>Plots are drawn by a script, which this browser does not run. The tables have the figures.</p></noscript>
`;
}

function asset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** Text that cannot end the element it stands in. */
function closed(element: 'script' | 'style'): (text: string) => string {
  return (text) => text.replaceAll(new RegExp(`</(?=${element})`, 'gi'), '<\\/');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
