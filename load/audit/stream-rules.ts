/** Rules on streams: items numbered from 1 without a hole, but for what a gap announced, and an end that counts right. */
import type { Findings } from './findings.js';
import type { LedgerState } from './ledger-state.js';
import { covered, type Range, without } from './ranges.js';
import type { StreamBreak } from './stream-breaks.js';

/** Looks at what did not go on as it should, and at the ends of all streams. */
export function auditStreams(state: LedgerState, findings: Findings): void {
  const broken = new Map<number, StreamBreak[]>();
  for (const one of state.breaks) {
    const before = broken.get(one.row);
    if (before === undefined) broken.set(one.row, [one]);
    else before.push(one);
  }
  for (const [row, breaks] of broken) auditBreaks(state.firstN + row, breaks, findings);
  if (state.breaks.dropped > 0) {
    findings.add('lost', `streams: expected no more breaks than are kept, got ${state.breaks.dropped} more`);
  }
  for (let row = 0; row < state.used; row += 1) {
    if (state.columns.flags[row] !== 0) auditEnd(state, row, findings);
  }
}

function auditEnd({ columns, firstN }: LedgerState, row: number, findings: Findings): void {
  const n = firstN + row;
  const ended = columns.itemsEnded[row] as number;
  const expected = columns.itemsExpected[row] as number;
  const told = columns.itemsTold[row] as number;
  if (ended < 0) {
    const isValue = columns.ends[row] !== 0;
    if (isValue && expected >= 0)
      findings.add('unexpected', `n ${n}: expected the end of a stream, got that of a value`);
    else if (isValue && told > 0) findings.add('unexpected', `n ${n}: expected a value alone, got items before it`);
    return;
  }
  if (ended !== told) {
    findings.add('lost', `n ${n}: expected items and gaps up to ${ended}, as its end says, got them up to ${told}`);
  } else if (expected >= 0 && ended !== expected) {
    findings.add('lost', `n ${n}: expected a stream of ${expected} items, got an end after ${ended}`);
  }
}

/** Follows one stream over its breaks. What is still missing after the last is a hole. */
function auditBreaks(n: number, breaks: readonly StreamBreak[], findings: Findings): void {
  let missing: Range[] = [];
  for (const one of breaks) {
    if (one.from > one.told + 1 && one.to >= one.from) missing.push([one.told + 1, one.from - 1]);
    if (one.kind === 'item') auditItem(n, one, missing, findings);
    else auditGap(n, one, missing, findings);
    if (one.from <= one.told) missing = without(missing, [one.from, one.to]);
  }
  for (const [from, to] of missing) {
    findings.add('lost', `n ${n}: expected items ${from} to ${to}, or a gap that says so, got neither`);
  }
}

function auditItem(n: number, { from, told }: StreamBreak, missing: readonly Range[], findings: Findings): void {
  if (from < 1) findings.add('unexpected', `n ${n}: expected items numbered from 1, got item ${from}`);
  else if (from > told) return;
  else if (covered(missing, [from, from]) === 1) {
    findings.add('reordered', `n ${n}: expected item ${from} in its turn, got it after item ${told}`);
  } else findings.add('duplicated', `n ${n}: expected item ${from} once, got it, or a gap over it, before`);
}

function auditGap(n: number, gap: StreamBreak, missing: readonly Range[], findings: Findings): void {
  const { from, to, count, told } = gap;
  const length = to - from + 1;
  if (from < 1 || length < 1) {
    findings.add('unexpected', `n ${n}: expected a gap over items from 1 on, got one from ${from} to ${to}`);
    return;
  }
  if (count !== length) {
    findings.add('unexpected', `n ${n}: expected a gap from ${from} to ${to} to count ${length}, got ${count}`);
  }
  if (from > told) return;
  const late: Range = [from, Math.min(to, told)];
  const words = `n ${n}: expected the gap from ${from} to ${to} before the items behind it`;
  if (covered(missing, late) === late[1] - late[0] + 1)
    findings.add('unexpected', `${words}, got it after item ${told}`);
  else findings.add('unexpected', `${words}, got one over items that had come before, up to ${told}`);
}
