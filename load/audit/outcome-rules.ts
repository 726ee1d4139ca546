/**
 * Rules on outcomes: exactly one for each event with an id, and one that fits what the handlers saw. Of events without
 * an id only the handlers know; what they saw of them is enough.
 */
import type { Findings } from './findings.js';
import type { AttemptBits } from './handler-rules.js';
import { type FailureRow, flag, type LedgerState } from './ledger-state.js';

/**
 * @param attempts which events the handlers saw; undefined when nobody wrote it down
 * @returns events whose outcome was checked */
export function auditOutcomes(state: LedgerState, attempts: AttemptBits | undefined, findings: Findings): number {
  let checked = 0;
  let unseen = 0;
  for (let row = 0; row < state.used; row += 1) {
    const event = eventAt(state, attempts, row);
    if (event === undefined) continue;
    if (!event.withId) auditSilent(event, findings);
    if (!event.withId && attempts === undefined) continue;
    if (event.outcomes === 0 && event.lostWith !== undefined && (event.withId || !event.wasSeen)) {
      findings.add(
        'indeterminate',
        `n ${event.n}: expected an outcome, got the connection closed with ${event.lostWith}`,
      );
      continue;
    }
    checked += 1;
    if (!event.withId) {
      if (!event.wasSeen && !event.mayExpire) unseen += 1;
      continue;
    }
    auditCount(event, findings);
    auditAck(event, findings);
    if (attempts !== undefined) auditSeen(event, findings);
  }
  if (unseen > state.refusedWithoutId) {
    findings.add(
      'lost',
      `events without id: expected the handler to see all but the ${state.refusedWithoutId} that were refused, ` +
        `got ${unseen} it never saw`,
    );
  }
  return checked;
}

interface AuditedEvent {
  readonly n: number;
  readonly withId: boolean;
  readonly wantsAck: boolean;
  readonly mayExpire: boolean;
  readonly acks: number;
  readonly ends: number;
  readonly outcomes: number;
  readonly failure: FailureRow | undefined;
  readonly isAckLate: boolean;
  readonly isItemLate: boolean;
  /** Close code, when its connection was lost. */
  readonly lostWith: number | undefined;
  readonly wasSeen: boolean;
}

function eventAt(state: LedgerState, attempts: AttemptBits | undefined, row: number): AuditedEvent | undefined {
  const { columns, failures, firstN, lost } = state;
  const flags = columns.flags[row] as number;
  if (flags === 0) return undefined;
  const ends = columns.ends[row] as number;
  return {
    n: firstN + row,
    withId: (flags & flag.withId) !== 0,
    wantsAck: (flags & flag.wantsAck) !== 0,
    mayExpire: (flags & flag.mayExpire) !== 0,
    acks: columns.acks[row] as number,
    ends,
    outcomes: ends + (columns.errors[row] as number),
    failure: failures[(columns.failure[row] as number) - 1],
    isAckLate: (flags & flag.ackAfterOutcome) !== 0,
    isItemLate: (flags & flag.itemAfterOutcome) !== 0,
    lostWith: lost.get(columns.connection[row] as number),
    wasSeen: attempts !== undefined && attempts[row] !== 0,
  };
}

function auditSilent({ n, acks, outcomes }: AuditedEvent, findings: Findings): void {
  if (acks + outcomes === 0) return;
  findings.add('unexpected', `n ${n}: expected no answer to an event without id, got ${acks + outcomes}`);
}

function auditCount({ n, outcomes, acks, wasSeen, isItemLate }: AuditedEvent, findings: Findings): void {
  if (outcomes === 0) {
    const known = wasSeen ? 'the handler saw it' : acks > 0 ? 'it was acknowledged' : 'nobody knows of it';
    findings.add('lost', `n ${n}: expected one outcome, got none; ${known}`);
  } else if (outcomes > 1) {
    findings.add('duplicated', `n ${n}: expected one outcome, got ${outcomes}`);
  }
  if (isItemLate) findings.add('unexpected', `n ${n}: expected nothing after its outcome, got an item or gap`);
}

/** What was accepted is acknowledged once, and before its outcome. What was refused need not be. */
function auditAck({ n, wantsAck, acks, outcomes, failure, isAckLate }: AuditedEvent, findings: Findings): void {
  const most = wantsAck ? 1 : 0;
  if (acks > most) findings.add('unexpected', `n ${n}: expected at most ${most} ack, got ${acks}`);
  if (isAckLate) findings.add('unexpected', `n ${n}: expected its ack before its outcome, got it after`);
  const wasRefused = failure?.started === 'no';
  if (wantsAck && acks === 0 && outcomes > 0 && !wasRefused) {
    findings.add('unexpected', `n ${n}: expected an ack before its outcome, got none`);
  }
}

function auditSeen({ n, ends, failure, wasSeen, lostWith }: AuditedEvent, findings: Findings): void {
  if (ends > 0 && !wasSeen) {
    // A gateway that is killed closes every connection, and takes the last lines of its handlers' ledger with it.
    const kind = lostWith === undefined ? 'unexpected' : 'indeterminate';
    findings.add(kind, `n ${n}: expected the handler to see what succeeded, got no call`);
  }
  if (failure?.started === 'no' && wasSeen) {
    const code = failure.reason === undefined ? failure.code : `${failure.code}/${failure.reason}`;
    findings.add('unexpected', `n ${n}: expected no call of the handler, since ${code} says it never started, got one`);
  }
}
