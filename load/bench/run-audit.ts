/** The audit of a scenario: what clients, handlers and gateway wrote down, joined when the run is over. */
import { auditRun } from '../audit/audit.js';
import { mergeClientLedgers, readClientLedger } from '../audit/client-ledger-file.js';
import { type GatewayCounters, readCountersAtRest } from '../audit/gateway-counters.js';
import { HandlerLedger } from '../audit/handler-ledger.js';
import type { Verdict } from '../audit/verdict.js';
import type { Target } from './target.js';

export interface AuditParts {
  readonly seed: number;
  readonly ledgerFiles: readonly string[];
  readonly handlerLedger: string;
  readonly before: GatewayCounters | undefined;
  readonly after: GatewayCounters | undefined;
  readonly target: Target;
  /** Others than the clients of the ledger sent events. */
  readonly hasStrangers: boolean;
}

export interface Audited {
  readonly verdict: Verdict;
  /** Numbers of events that started after their deadline; undefined where handlers do not say. */
  readonly late: readonly number[] | undefined;
}

/** The gateway's counters, once nothing waits or runs; undefined for a server that has none. */
export async function readCounters({ host, adminPort }: Target): Promise<GatewayCounters | undefined> {
  return adminPort === undefined ? undefined : readCountersAtRest(`http://${host}:${adminPort}/metrics`);
}

/** A gateway of ours is audited with what its handlers wrote; of another only what clients and counters say is known. */
export function auditedRun(parts: AuditParts): Audited {
  const { seed, ledgerFiles, handlerLedger, before, after, target, hasStrangers } = parts;
  const client = mergeClientLedgers(ledgerFiles.map(readClientLedger));
  const isOurs = target.pid !== undefined && target.dialect === 'sluice';
  const handler = isOurs ? HandlerLedger.read(handlerLedger) : undefined;
  const counters = before !== undefined && after !== undefined ? { before, after } : undefined;
  return { verdict: auditRun({ seed, client, handler, counters, hasStrangers }), late: handler?.late };
}
