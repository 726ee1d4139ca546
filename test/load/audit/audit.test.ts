import { describe, expect, it } from 'vitest';
import type { ClientLedger, SentEvent } from '../../../load/audit/client-ledger.js';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';
import { audited, ledgerOf } from './history.js';

interface Case {
  readonly title: string;
  readonly events: readonly Partial<SentEvent>[];
  readonly happens: (ledger: ClientLedger) => void;
  /** Calls of handlers; absent where nobody wrote them down. */
  readonly calls?: readonly string[];
  /** All messages, worst first. */
  readonly finds: readonly string[];
}

const stream = { items: 4 };
const key = (keySequence: number, connection = 0) => ({ key: 5, keySequence, connection });

const cases: readonly Case[] = [
  {
    title: 'an event that ended once and ran once',
    events: [{ wantsAck: true }],
    happens: (ledger) => {
      ledger.ack(1);
      ledger.end(1);
    },
    calls: ['1 1 -1 0'],
    finds: [],
  },
  {
    title: 'an event that was refused and never ran, without an ack',
    events: [{ wantsAck: true }],
    happens: (ledger) => ledger.error(1, 'resource_exhausted', 'credit', 'no'),
    calls: [],
    finds: [],
  },
  {
    title: 'an event that was accepted and expired before it ran',
    events: [{ wantsAck: true }],
    happens: (ledger) => {
      ledger.ack(1);
      ledger.error(1, 'deadline_exceeded', undefined, 'no');
    },
    calls: [],
    finds: [],
  },
  {
    title: 'a failure that does not say whether it ran',
    events: [{}],
    happens: (ledger) => ledger.error(1, 'internal', undefined, 'maybe'),
    calls: [],
    finds: [],
  },
  {
    title: 'an answer, where nobody wrote down what ran',
    events: [{}],
    happens: (ledger) => ledger.end(1),
    finds: [],
  },
  {
    title: 'no outcome',
    events: [{}],
    happens: () => undefined,
    finds: ['lost: n 1: expected one outcome, got none; nobody knows of it'],
  },
  {
    title: 'no outcome, and the connection gone',
    events: [{ connection: 3 }, { connection: 4 }],
    happens: (ledger) => {
      ledger.connectionLost(3, 1006);
      ledger.end(2);
    },
    calls: ['1 1 -1 0', '2 1 -1 0'],
    finds: ['indeterminate: n 1: expected an outcome, got the connection closed with 1006'],
  },
  {
    title: 'an outcome before the connection was gone',
    events: [{ connection: 3 }],
    happens: (ledger) => {
      ledger.end(1);
      ledger.connectionLost(3, 1006);
    },
    calls: ['1 1 -1 0'],
    finds: [],
  },
  {
    title: 'an outcome of what never ran, before the connection was gone',
    events: [{ connection: 3 }],
    happens: (ledger) => {
      ledger.end(1);
      ledger.connectionLost(3, 1006);
    },
    calls: [],
    finds: ['indeterminate: n 1: expected the handler to see what succeeded, got no call'],
  },
  {
    title: 'events without id that ran, expired, or were refused',
    events: [{ withId: false }, { withId: false, mayExpire: true }, { withId: false }],
    happens: (ledger) => ledger.refusedWithoutId(1),
    calls: ['1 1 -1 0'],
    finds: [],
  },
  {
    title: 'an answer to an event without id',
    events: [{ withId: false }],
    happens: (ledger) => ledger.end(1),
    calls: ['1 1 -1 0'],
    finds: ['unexpected: n 1: expected no answer to an event without id, got 1'],
  },
  {
    title: 'an ack nobody asked for',
    events: [{}],
    happens: (ledger) => {
      ledger.ack(1);
      ledger.end(1);
    },
    finds: ['unexpected: n 1: expected at most 0 ack, got 1'],
  },
  {
    title: 'an answer to what was not sent',
    events: [],
    happens: (ledger) => ledger.end(9),
    finds: ['unexpected: expected frames about events that were sent, got end of n 9'],
  },
  {
    title: 'a key in its order, with a retry, beside the same key of another connection',
    events: [{ ...key(1), attemptsMax: 3 }, key(2), key(1, 1), key(2, 1)],
    happens: (ledger) => [1, 2, 3, 4].forEach((n) => void ledger.end(n)),
    calls: ['3 1 5 1', '1 1 5 1', '4 1 5 2', '1 2 5 1', '2 1 5 2'],
    finds: [],
  },
  {
    title: 'a key of which an event was refused',
    events: [key(1), key(2), key(3)],
    happens: (ledger) => {
      ledger.end(1);
      ledger.error(2, 'resource_exhausted', 'memory', 'no');
      ledger.end(3);
    },
    calls: ['1 1 5 1', '3 1 5 3'],
    finds: [],
  },
  {
    title: 'a second attempt without a first',
    events: [{ attemptsMax: 3 }],
    happens: (ledger) => ledger.end(1),
    calls: ['1 2 -1 0'],
    finds: ['unexpected: n 1: expected attempt 2 after all before it, got it out of turn'],
  },
  {
    title: 'a whole stream with gaps at its beginning, in its middle and at its end',
    events: [{ items: 9 }],
    happens: (ledger) => {
      ledger.gap(1, 1, 2, 2);
      ledger.item(1, 3);
      ledger.gap(1, 4, 7, 4);
      ledger.item(1, 8);
      ledger.gap(1, 9, 9, 1);
      ledger.streamEnd(1, 9);
    },
    finds: [],
  },
  {
    title: 'an empty stream',
    events: [{ items: 0 }],
    happens: (ledger) => ledger.streamEnd(1, 0),
    finds: [],
  },
  {
    title: 'a stream that failed after two items',
    events: [stream],
    happens: (ledger) => {
      ledger.item(1, 1);
      ledger.item(1, 2);
      ledger.error(1, 'internal', undefined, 'maybe');
    },
    finds: [],
  },
  {
    title: 'a hole that a late gap fills by half',
    events: [{ items: 6 }],
    happens: (ledger) => {
      ledger.item(1, 6);
      ledger.gap(1, 1, 3, 3);
      ledger.streamEnd(1, 6);
    },
    finds: [
      'lost: n 1: expected items 4 to 5, or a gap that says so, got neither',
      'unexpected: n 1: expected the gap from 1 to 3 before the items behind it, got it after item 6',
    ],
  },
  {
    title: 'a gap over items that came',
    events: [stream],
    happens: (ledger) => {
      for (const number of [1, 2]) ledger.item(1, number);
      ledger.gap(1, 2, 4, 3);
      ledger.streamEnd(1, 4);
    },
    finds: [
      'unexpected: n 1: expected the gap from 2 to 4 before the items behind it, got one over items that had come before, up to 2',
    ],
  },
  {
    title: 'a gap that ends before it begins',
    events: [stream],
    happens: (ledger) => {
      ledger.gap(1, 3, 2, 0);
      for (const number of [1, 2, 3, 4]) ledger.item(1, number);
      ledger.streamEnd(1, 4);
    },
    finds: ['unexpected: n 1: expected a gap over items from 1 on, got one from 3 to 2'],
  },
  {
    title: 'items that are not numbered from 1',
    events: [stream],
    happens: (ledger) => {
      for (const number of [0, 1, 2, 3, 4]) ledger.item(1, number);
      ledger.streamEnd(1, 4);
    },
    finds: ['unexpected: n 1: expected items numbered from 1, got item 0'],
  },
  {
    title: 'an item that comes in its turn, and again much later',
    events: [stream],
    happens: (ledger) => {
      for (const number of [1, 2, 3, 4, 2]) ledger.item(1, number);
      ledger.streamEnd(1, 4);
    },
    finds: ['duplicated: n 1: expected item 2 once, got it, or a gap over it, before'],
  },
  {
    title: 'a value after items',
    events: [{}],
    happens: (ledger) => {
      ledger.item(1, 1);
      ledger.end(1);
    },
    finds: ['unexpected: n 1: expected a value alone, got items before it'],
  },
  {
    title: 'more events than the ledger has room for',
    events: [],
    happens: (ledger) => {
      for (let n = 1; n <= 102; n += 1) {
        ledger.sent(n, { connection: 0, key: -1, keySequence: 0, withId: true, wantsAck: false });
        ledger.end(n);
      }
    },
    calls: Array.from({ length: 102 }, (_, i) => `${i + 1} 1 -1 0`),
    finds: ['indeterminate: expected room for every event in the ledger, got 2 without'],
  },
];

describe('the audit of a run', () => {
  it.each(cases)('$title', ({ events, happens, calls, finds }) => {
    const ledger = ledgerOf(events);
    happens(ledger);
    const { kind, messages, seed } = audited(ledger, calls);
    expect(messages).toEqual(finds);
    expect(kind).toBe(finds[0]?.split(':')[0] ?? 'ok');
    expect(seed).toBe(7);
  });

  it('counts all findings, keeps twenty, and shows the worst first', () => {
    const ledger = ledgerOf(Array.from({ length: 50 }, (_, i) => ({ connection: i < 49 ? 1 : 2 })));
    ledger.connectionLost(1, 4201);
    const { kind, counts, findings, checked } = audited(ledger);
    expect({ kind, counts, checked }).toEqual({ kind: 'lost', counts: { indeterminate: 49, lost: 1 }, checked: 1 });
    expect(findings.map((finding) => finding.kind)).toEqual(['lost', ...Array(19).fill('indeterminate')]);
  });

  it('says so when a handler was killed while it wrote', () => {
    const ledger = ledgerOf([]);
    const handler = HandlerLedger.parse('2 1 -1');
    expect(audited(ledger, undefined, { handler })).toMatchObject({
      kind: 'indeterminate',
      counts: { indeterminate: 1 },
    });
  });
});
