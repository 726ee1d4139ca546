/** The gateway's own counters, from its metrics, and whether they add up and say what the client saw. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Findings } from './findings.js';
import { flag, type LedgerState } from './ledger-state.js';

/** Field → metric. Of one with labels, the sum over them. */
const metricNames = {
  received: 'sluice_events_received_total',
  accepted: 'sluice_events_accepted_total',
  refused: 'sluice_events_refused_total',
  succeeded: 'sluice_events_succeeded_total',
  failed: 'sluice_events_failed_total',
  inFlight: 'sluice_events_in_flight',
  budgetItems: 'sluice_budget_items_used',
  waiting: 'sluice_pipeline_waiting',
  busy: 'sluice_pipeline_busy',
  undelivered: 'sluice_outcomes_undelivered_total',
  itemsSent: 'sluice_stream_items_sent_total',
  retries: 'sluice_handler_retries_total',
} as const;

/** Whole numbers, all read in one turn of the gateway. */
export type GatewayCounters = { readonly [Field in keyof typeof metricNames]: number };

/** Read before the first event, and at rest after the last. */
export interface CountersOfRun {
  readonly before: GatewayCounters;
  readonly after: GatewayCounters;
}

/** @throws Error naming a metric that is missing or no number */
export function parseGatewayCounters(text: string): GatewayCounters {
  const sums = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-z_]+)(?:\{[^}]*\})? (\S+)/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  const counters = Object.entries(metricNames).map(([field, name]) => {
    const sum = sums.get(name);
    if (sum === undefined || !Number.isFinite(sum)) throw new Error(`expected a number for ${name}, got ${sum}`);
    return [field, sum] as const;
  });
  return Object.fromEntries(counters) as GatewayCounters;
}

/** @param url of `/metrics`, on either port. Rejects when it is not answered within 5 s. */
export async function readGatewayCounters(url: string): Promise<GatewayCounters> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`expected 200 from ${url}, got ${response.status}`);
  return parseGatewayCounters(await response.text());
}

/** Reads until nothing waits or runs, or `withinMs` are over: what was read last, at rest or not. */
export async function readCountersAtRest(url: string, withinMs = 5000): Promise<GatewayCounters> {
  const endsAtMs = performance.now() + withinMs;
  for (;;) {
    const counters = await readGatewayCounters(url);
    const isAtRest = counters.inFlight + counters.waiting + counters.busy === 0;
    if (isAtRest || performance.now() >= endsAtMs) return counters;
    await wait(20);
  }
}

/** What must hold in the gateway alone, at rest. */
export function auditConservation(counters: GatewayCounters, findings: Findings): void {
  const { received, accepted, refused, succeeded, failed, inFlight, budgetItems, waiting, busy } = counters;
  compare(findings, 'received = accepted + refused', received, accepted + refused);
  compare(findings, 'accepted = succeeded + failed + in flight', accepted, succeeded + failed + inFlight);
  compare(findings, 'items of the budget in use = in flight', budgetItems, inFlight);
  compare(findings, 'at rest, in flight = 0', inFlight, 0);
  compare(findings, 'at rest, waiting = 0', waiting, 0);
  compare(findings, 'at rest, slots in use = 0', busy, 0);
}

/**
 * What the gateway counted during the run against what the client saw. Only if all connections stayed up, the ledger
 * holds every event, and nobody else used the gateway. Outcomes of events without an id are told to nobody, so they
 * leave room between two bounds.
 */
export function auditCounters({ before, after }: CountersOfRun, state: LedgerState, findings: Findings): void {
  auditConservation(after, findings);
  if (state.lost.size > 0 || state.unrecorded > 0) return;
  const of = (field: keyof GatewayCounters): number => after[field] - before[field];
  const { sent, silent, acked, ended, failed } = totals(state);
  compare(findings, 'events sent = received by the gateway', sent, of('received'));
  compare(findings, 'outcomes the gateway could not deliver = 0', of('undelivered'), 0);
  compare(findings, 'items the gateway sent = items that came', of('itemsSent'), state.itemsReceived);
  between(findings, 'succeeded', of('succeeded'), ended, ended + silent);
  between(findings, 'failed and refused', of('failed') + of('refused'), failed, failed + silent);
  if (of('accepted') < acked) {
    findings.add(
      'unexpected',
      `counters: expected at least ${acked} accepted, as were acknowledged, got ${of('accepted')}`,
    );
  }
}

/** More on the left than on the right: some are gone. Fewer: some came from nowhere. */
function compare(findings: Findings, equation: string, left: number, right: number): void {
  if (left === right) return;
  findings.add(left > right ? 'lost' : 'unexpected', `counters: expected ${equation}, got ${left} and ${right}`);
}

function between(findings: Findings, what: string, found: number, least: number, most: number): void {
  if (found >= least && found <= most) return;
  const expected = least === most ? `${least}` : `${least} to ${most}`;
  findings.add(
    found > most ? 'lost' : 'unexpected',
    `counters: expected ${expected} ${what}, as the client was told, got ${found}`,
  );
}

function totals({ columns, used }: LedgerState) {
  let sent = 0;
  let silent = 0;
  let acked = 0;
  let ended = 0;
  let failed = 0;
  for (let row = 0; row < used; row += 1) {
    const flags = columns.flags[row] as number;
    if (flags === 0) continue;
    sent += 1;
    if ((flags & flag.withId) === 0) silent += 1;
    if (columns.acks[row] !== 0) acked += 1;
    ended += columns.ends[row] as number;
    failed += columns.errors[row] as number;
  }
  return { sent, silent, acked, ended, failed };
}
