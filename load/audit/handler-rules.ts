/** Rules on the calls of handlers: each attempt once, no more attempts than allowed, and the order inside a key. */
import { rowOf } from './client-ledger.js';
import type { Findings } from './findings.js';
import type { HandlerCall, HandlerLedger } from './handler-ledger.js';
import type { LedgerState } from './ledger-state.js';

const attemptsMax = 31;

/** Row → bits of the attempts that started: bit 0 is the first. */
export type AttemptBits = Uint32Array;

/** Walks through all calls in their order. @returns which events were seen */
export function auditHandlers(state: LedgerState, handler: HandlerLedger, findings: Findings): AttemptBits {
  const bits = new Uint32Array(state.used);
  const order = new KeyOrder(state, findings);
  for (const call of handler) {
    const row = rowOf(state, call.n);
    if (row < 0) {
      // Where the ledger had no room for all, this may be one of those.
      if (state.unrecorded === 0) {
        findings.add('unexpected', `n ${call.n}: expected no call of the handler for what was not sent, got one`);
      }
      continue;
    }
    auditSameKey(state, row, call, findings);
    auditAttempt(state, row, call, bits, findings);
    order.call(row, call);
  }
  return bits;
}

function auditSameKey({ columns }: LedgerState, row: number, call: HandlerCall, findings: Findings): void {
  const key = columns.key[row] as number;
  const keySequence = columns.keySequence[row] as number;
  if (key === call.key && (key < 0 || keySequence === call.keySequence)) return;
  findings.add(
    'unexpected',
    `n ${call.n}: expected the handler to see key ${key}, event ${keySequence}, got key ${call.key}, event ${call.keySequence}`,
  );
}

function auditAttempt(
  { columns }: LedgerState,
  row: number,
  { n, attempt }: HandlerCall,
  bits: AttemptBits,
  findings: Findings,
): void {
  const seen = bits[row] as number;
  const allowed = columns.attemptsMax[row] as number;
  if (attempt < 1 || attempt > attemptsMax) {
    findings.add('unexpected', `n ${n}: expected an attempt from 1 to ${attemptsMax}, got ${attempt}`);
    return;
  }
  const bit = 2 ** (attempt - 1);
  bits[row] = seen | bit;
  if ((seen & bit) !== 0) {
    findings.add('duplicated', `n ${n}: expected one call for attempt ${attempt}, got another`);
  } else if (attempt > allowed) {
    findings.add('duplicated', `n ${n}: expected at most ${allowed} attempts, got attempt ${attempt}`);
  } else if ((seen & (bit - 1)) !== bit - 1) {
    findings.add('unexpected', `n ${n}: expected attempt ${attempt} after all before it, got it out of turn`);
  }
}

/** The last event of each key that started. A retry is the same event again, and keeps its place. */
class KeyOrder {
  readonly #state: LedgerState;
  readonly #findings: Findings;
  readonly #lastRow = new Map<number, number>();

  constructor(state: LedgerState, findings: Findings) {
    this.#state = state;
    this.#findings = findings;
  }

  call(row: number, { n, attempt }: HandlerCall): void {
    const { columns, firstN } = this.#state;
    const key = columns.key[row] as number;
    if (key < 0) return;
    // Whole numbers up to 2^53: two million connections with four thousand million keys.
    const place = (columns.connection[row] as number) * 2 ** 32 + key;
    const last = this.#lastRow.get(place);
    this.#lastRow.set(place, row);
    if (last === undefined) return;
    const before = columns.keySequence[last] as number;
    const own = columns.keySequence[row] as number;
    if (own >= before) return;
    this.#findings.add(
      'reordered',
      `n ${n}: expected event ${own} of key ${key} to start before event ${before}, ` +
        `got its attempt ${attempt} after n ${firstN + last}`,
    );
  }
}
