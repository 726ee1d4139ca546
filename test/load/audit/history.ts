/** A ledger written by hand: each test starts from a run that is in order, and changes one thing. */
import { type AuditRecords, auditRun } from '../../../load/audit/audit.js';
import { ClientLedger, type SentEvent } from '../../../load/audit/client-ledger.js';
import type { GatewayCounters } from '../../../load/audit/gateway-counters.js';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';
import type { Verdict } from '../../../load/audit/verdict.js';

export const plain: SentEvent = { connection: 0, key: -1, keySequence: 0, withId: true, wantsAck: false };

export const noCounters: GatewayCounters = {
  received: 0,
  accepted: 0,
  refused: 0,
  succeeded: 0,
  failed: 0,
  inFlight: 0,
  budgetItems: 0,
  waiting: 0,
  busy: 0,
  undelivered: 0,
  itemsSent: 0,
  retries: 0,
};

/** A ledger with the events 1, 2, … sent, each as it says. */
export function ledgerOf(events: readonly Partial<SentEvent>[], capacity = 100): ClientLedger {
  const ledger = new ClientLedger({ capacity });
  for (const [i, event] of events.entries()) ledger.sent(i + 1, { ...plain, ...event });
  return ledger;
}

/** @param calls of handlers, such as `1 1 -1 0` */
export function audited(
  client: ClientLedger,
  calls?: readonly string[],
  more: Partial<AuditRecords> = {},
): Verdict & { readonly messages: readonly string[] } {
  const handler =
    calls === undefined ? undefined : HandlerLedger.parse(calls.map((call) => `${call} start\n`).join(''));
  const verdict = auditRun({ seed: 7, client, handler, ...more });
  return { ...verdict, messages: verdict.findings.map(({ kind, message }) => `${kind}: ${message}`) };
}
