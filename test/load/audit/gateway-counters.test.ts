import { describe, expect, it } from 'vitest';
import { type GatewayCounters, parseGatewayCounters } from '../../../load/audit/gateway-counters.js';
import { audited, ledgerOf, noCounters } from './history.js';

const text = `# HELP sluice_events_received_total Events read.
# TYPE sluice_events_received_total counter
sluice_events_received_total 10
sluice_events_accepted_total 8
sluice_events_refused_total{code="not_found"} 1
sluice_events_refused_total{code="invalid_argument"} 1
sluice_events_succeeded_total 5
sluice_events_failed_total{code="internal"} 2
sluice_events_in_flight 1
sluice_budget_items_used 1
sluice_budget_items_max 1000
sluice_pipeline_waiting{pipeline="default"} 0
sluice_pipeline_waiting{pipeline="slow"} 3
sluice_pipeline_busy{pipeline="default"} 1
sluice_outcomes_undelivered_total 4
sluice_stream_items_sent_total 1.5e3
sluice_handler_retries_total 6
`;

/** One event succeeded, one failed, one was refused, and one went without id. */
const good: GatewayCounters = {
  ...noCounters,
  received: 4,
  accepted: 3,
  refused: 1,
  succeeded: 2,
  failed: 1,
  itemsSent: 2,
};

function auditedWith(changes: Partial<GatewayCounters>, isCut = false): readonly string[] {
  const ledger = ledgerOf([{ wantsAck: true, items: 2 }, {}, {}, { withId: false }]);
  ledger.ack(1);
  ledger.item(1, 1);
  ledger.item(1, 2);
  ledger.streamEnd(1, 2);
  ledger.error(2, 'internal', undefined, 'maybe');
  ledger.error(3, 'resource_exhausted', 'credit', 'no');
  if (isCut) ledger.connectionLost(0, 1006);
  const before = { ...noCounters, received: 100, accepted: 100, succeeded: 100 };
  const own = { ...good, ...changes };
  const after = { ...own, received: own.received + 100, accepted: own.accepted + 100, succeeded: own.succeeded + 100 };
  return audited(ledger, undefined, { counters: { before, after } }).messages;
}

describe('the counters of the gateway', () => {
  it('are read from its metrics, as sums over labels', () => {
    expect(parseGatewayCounters(text)).toEqual({
      received: 10,
      accepted: 8,
      refused: 2,
      succeeded: 5,
      failed: 2,
      inFlight: 1,
      budgetItems: 1,
      waiting: 3,
      busy: 1,
      undelivered: 4,
      itemsSent: 1500,
      retries: 6,
    });
  });

  it('are all there, or it is said which is not', () => {
    expect(() => parseGatewayCounters(text.replace('sluice_events_in_flight 1', ''))).toThrow(
      'expected a number for sluice_events_in_flight, got undefined',
    );
    expect(() => parseGatewayCounters(text.replace('in_flight 1', 'in_flight NaN'))).toThrow(/got NaN/);
  });

  it('pass when they add up and say what the client saw', () => {
    expect(auditedWith({})).toEqual([]);
  });

  it.each<{ changes: Partial<GatewayCounters>; finds: RegExp }>([
    { changes: { received: 5 }, finds: /^lost: counters: expected received = accepted \+ refused, got 105 and 104$/ },
    {
      changes: { received: 3 },
      finds: /^lost: counters: expected events sent = received by the gateway, got 4 and 3$/,
    },
    {
      changes: { accepted: 4, received: 5 },
      finds: /^lost: .*accepted = succeeded \+ failed \+ in flight, got 104 and 103/,
    },
    { changes: { accepted: 2, received: 3 }, finds: /^unexpected: .*accepted = succeeded/ },
    { changes: { accepted: 0, received: 4, refused: 4 }, finds: /^unexpected: .*expected at least 1 accepted/ },
    { changes: { inFlight: 1, budgetItems: 1, succeeded: 1 }, finds: /^lost: .*at rest, in flight = 0, got 1 and 0$/ },
    { changes: { budgetItems: 1 }, finds: /^lost: .*items of the budget in use = in flight, got 1 and 0$/ },
    { changes: { waiting: 2 }, finds: /^lost: .*at rest, waiting = 0, got 2 and 0$/ },
    { changes: { busy: 2 }, finds: /^lost: .*slots in use = 0, got 2 and 0$/ },
    { changes: { undelivered: 1 }, finds: /^lost: .*could not deliver = 0, got 1 and 0$/ },
    { changes: { itemsSent: 3 }, finds: /^lost: .*items the gateway sent = items that came, got 3 and 2$/ },
    { changes: { itemsSent: 1 }, finds: /^unexpected: .*items the gateway sent = items that came, got 1 and 2$/ },
    { changes: { succeeded: 3, failed: 0 }, finds: /^lost: .*expected 1 to 2 succeeded, .* got 3$/ },
    { changes: { succeeded: 0, failed: 3 }, finds: /^unexpected: .*expected 1 to 2 succeeded, .* got 0$/ },
    { changes: { succeeded: 0, failed: 3 }, finds: /^lost: .*expected 2 to 3 failed and refused, .* got 4$/ },
  ])('are faulted with $changes', ({ changes, finds }) => {
    expect(auditedWith(changes)).toContainEqual(expect.stringMatching(finds));
  });

  it('are only held to themselves when a connection was lost', () => {
    const messages = auditedWith({ received: 3, accepted: 2, succeeded: 1, itemsSent: 1, undelivered: 1 }, true);
    expect(messages.filter((message) => message.includes('counters'))).toEqual([]);
    expect(auditedWith({ waiting: 1 }, true)).toContainEqual(expect.stringContaining('at rest, waiting = 0'));
  });
});
