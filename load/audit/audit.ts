/**
 * The audit of a run: joins what the client wrote down, what the handlers wrote down and what the gateway counted, and
 * says whether every event had exactly one outcome, keys kept their order, streams were whole, and counters add up.
 * It looks at finished records only; nothing here touches the run.
 */
import type { ClientLedger } from './client-ledger.js';
import { Findings } from './findings.js';
import { auditConservation, auditCounters, type CountersOfRun } from './gateway-counters.js';
import type { HandlerLedger } from './handler-ledger.js';
import { auditHandlers } from './handler-rules.js';
import { auditOutcomes } from './outcome-rules.js';
import { auditStreams } from './stream-rules.js';
import type { Verdict } from './verdict.js';

export interface AuditRecords {
  readonly seed: number;
  /** Of all client processes, merged. Everything that could be answered has been waited for. */
  readonly client: ClientLedger;
  /** Only when all events of the run went to handlers that write one. */
  readonly handler?: HandlerLedger | undefined;
  readonly counters?: CountersOfRun | undefined;
  /** Others sent events, too: the counters are held against each other only, and not against the ledger. */
  readonly hasStrangers?: boolean;
}

/** Time and memory grow with the events, about 100 bytes each at most. */
export function auditRun({ seed, client, handler, counters, hasStrangers = false }: AuditRecords): Verdict {
  const { state } = client;
  const findings = new Findings();
  const attempts = handler === undefined ? undefined : auditHandlers(state, handler, findings);
  const checked = auditOutcomes(state, attempts, findings);
  auditStreams(state, findings);
  for (const message of state.foreign) findings.add('unexpected', message);
  if (state.foreignCount > state.foreign.length) {
    findings.add('unexpected', `expected no foreign answers, got ${state.foreignCount - state.foreign.length} more`);
  }
  if (state.unrecorded > 0) {
    findings.add('indeterminate', `expected room for every event in the ledger, got ${state.unrecorded} without`);
  }
  if (handler?.isTorn === true) {
    findings.add('indeterminate', 'expected whole lines in the handler ledger, got a last one that was cut off');
  }
  if (counters !== undefined && hasStrangers) auditConservation(counters.after, findings);
  else if (counters !== undefined) auditCounters(counters, state, findings);
  return findings.verdict(seed, checked);
}
