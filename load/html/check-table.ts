/** The goals of a run as a table: what was found, what it is held to, and whether that is met, in words. */
import { boundText, type Check, foundText, spreadText } from '../report/check.js';
import { scrolling } from './level-tables.js';
import { html, type Markup } from './markup.js';

const heads = ['goal', 'figure', 'found', 'spread', 'bound', 'met'];

/** A row for each goal. */
export function checkTable(checks: readonly Check[]): Markup {
  const head = heads.map((name) => html`<th scope="col" class="is-text">${name}</th>`);
  return scrolling('Goals', html`<thead><tr>${head}</tr></thead><tbody>${checks.map(row)}</tbody>`);
}

function row(check: Check): Markup {
  const { goal, what, isMet } = check;
  const cells = [what, foundText(check), spreadText(check), boundText(check), isMet ? '✓ met' : '✗ NOT MET'];
  return html`<tr><th scope="row">${goal}</th>${cells.map((cell) => html`<td class="is-text">${cell}</td>`)}</tr>
`;
}
