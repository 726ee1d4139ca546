/**
 * The audit of a run over cuts: joins what went over the wires of its clients with what the handlers wrote down. Clients
 * have resumable sessions, write all their frames into histories, and waited for everything they could.
 */
import { ClientLedger } from './client-ledger.js';
import { Findings } from './findings.js';
import type { HandlerLedger } from './handler-ledger.js';
import { auditHandlers } from './handler-rules.js';
import { auditOperations } from './operation-rules.js';
import { auditOutcomes } from './outcome-rules.js';
import { auditPublished } from './publish-rules.js';
import { auditSessions } from './session-rules.js';
import { auditStreams } from './stream-rules.js';
import { auditSubscriptions } from './subscription-rules.js';
import type { Verdict } from './verdict.js';
import type { WireRun } from './wire-history.js';

/** All that was written down. */
export interface WireRecords {
  readonly seed: number;
  readonly run: WireRun;
  /** One for each time the gateway was started: what one has done the next does not know. */
  readonly handlers: readonly HandlerLedger[];
}

/** Time and memory grow with the frames. */
export function auditWires({ seed, run, handlers }: WireRecords): Verdict {
  const findings = new Findings();
  const ledger = new ClientLedger({ capacity: run.lastN + 1 });
  const clients = run.histories.map((history) => {
    const steps = auditSessions(history, findings);
    const published = auditOperations({ client: history.client, steps, restarts: run.restarts }, ledger, findings);
    const { subscriptions, seen } = auditSubscriptions(history.client, steps, findings);
    return { published, subscriptions, seen };
  });
  auditPublished(
    clients.flatMap(({ published }) => published),
    clients,
    findings,
  );
  const { state } = ledger;
  const attempts = new Uint32Array(state.used);
  for (const handler of handlers) {
    auditHandlers(state, handler, findings).forEach((bits, row) => {
      attempts[row] = (attempts[row] as number) | bits;
    });
    if (handler.isTorn) findings.add('indeterminate', 'expected whole lines in the handler ledger, got one cut off');
  }
  const checked = auditOutcomes(state, attempts, findings);
  auditStreams(state, findings);
  for (const message of state.foreign) findings.add('unexpected', message);
  return findings.verdict(seed, checked);
}
