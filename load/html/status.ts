/** What to think of a run, before any figure of it. Said in words and signs, not by colour alone. */
import type { VerdictKind } from '../audit/verdict.js';
import type { BenchRun } from '../report/bench-run.js';
import { count } from './figures.js';
import { html, type Markup } from './markup.js';

const meanings: Readonly<Record<VerdictKind, string>> = {
  ok: 'The audit found nothing wrong.',
  indeterminate: 'For some events the audit could not tell what became of them.',
  unexpected: 'Outcomes came that no event of this run can have.',
  reordered: 'Outcomes came in an order that must not be.',
  duplicated: 'Events had more than one outcome.',
  lost: 'Events that were promised an outcome had none.',
};

/** Validity and verdict, side by side. `name` says which run it is where there are two. */
export function statusBoxes(run: BenchRun, name = ''): Markup {
  const head = name === '' ? '' : `${name}: `;
  return html`<div class="status">
${validity(run.invalid, head)}${verdict(run, head)}</div>
`;
}

/** A mark for the headings above figures that may not be used; nothing for a valid run. */
export function invalidStamp(...runs: readonly BenchRun[]): Markup | undefined {
  return runs.some(({ invalid }) => invalid.length > 0)
    ? html` <span class="stamp">${runs.length === 1 ? 'INVALID RUN' : 'WITH AN INVALID RUN'}</span>`
    : undefined;
}

function validity(invalid: readonly string[], head: string): Markup {
  if (invalid.length === 0) {
    return html`<div class="box"><strong>✓ ${head}Valid run</strong>
<p>Nothing was found that spoils the figures.</p></div>
`;
  }
  return html`<div class="box is-bad"><strong>✗ ${head}INVALID RUN: do not use these figures</strong>
<ul>${invalid.map((reason) => html`<li>${reason}</li>`)}</ul></div>
`;
}

function verdict({ verdict: { kind, checked, counts, findings } }: BenchRun, head: string): Markup {
  const isOk = kind === 'ok';
  const counted = Object.entries(counts).map(([what, times]) => `${count(times)} ${what}`);
  const shown = findings.map(({ kind: what, message }) => html`<li><b>${what}</b>: ${message}</li>`);
  return html`<div class="${isOk ? 'box' : 'box is-bad'}"><strong>${isOk ? '✓' : '✗'} ${head}Verdict: ${kind}</strong>
<p>${meanings[kind]} Outcomes checked: ${count(checked)}${isOk || counted.length === 0 ? '' : `; ${counted.join(', ')}`}.</p>
${shown.length === 0 ? undefined : html`<ul>${shown}</ul>`}</div>
`;
}
