/** The rules of sessions and topics, shown histories that are written by hand: each breaks one of them, or just does not. */
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../load/audit/audit-event.js';
import { auditWires } from '../../../load/audit/audit-wires.js';
import { HandlerLedger } from '../../../load/audit/handler-ledger.js';
import { type WireHistory, WireRun } from '../../../load/audit/wire-history.js';

interface Case {
  readonly title: string;
  readonly happens: (a: Wire, b: Wire) => void;
  /** Events the handlers saw, in each life of the gateway. @default none */
  readonly ran?: readonly (readonly number[])[];
  readonly finds: readonly string[];
}

/** One client, in few words. */
class Wire {
  readonly #history: WireHistory;
  readonly #run: WireRun;

  constructor(run: WireRun) {
    this.#run = run;
    this.#history = run.addClient();
  }

  /** Welcomed in a session of its own. */
  fresh(session: string): void {
    this.sent({ op: 'hello', resume: true });
    this.got({ op: 'welcome', session, resumed: false, received: 0 });
  }

  resumed(session: string, said: number, received: number): void {
    this.#history.lost(1006);
    this.sent({ op: 'hello', resume: { session, secret: 'x', received: said } });
    this.got({ op: 'welcome', session, resumed: true, received });
  }

  lost(code = 1006): void {
    this.#history.lost(code);
  }

  restarted(): void {
    this.#run.restarted();
  }

  sent(frame: Frame): void {
    this.#history.sent(frame);
  }

  got(...frames: readonly Frame[]): void {
    for (const frame of frames) this.#history.got(frame);
  }
}

const data = (n: number) => ({ n, key: -1, keySequence: 0 });
const event = (n: number, more: object = {}): Frame => ({
  op: 'event',
  id: n,
  type: 'audit.free',
  data: data(n),
  ...more,
});
const end = (n: number, s: number): Frame => ({ op: 'end', id: n, data: data(n), s });
const stream = (n: number, items: number, credit: number): Frame => ({
  ...event(n),
  type: 'audit.stream',
  data: { ...data(n), items },
  credit,
});
const item = (n: number, number: number, s: number): Frame => ({
  op: 'item',
  id: n,
  n: number,
  data: { n, item: number },
  s,
});
const publish = (n: number, key = 'k'): Frame => ({
  ...event(n),
  type: 'audit.publish',
  data: { ...data(n), topic: 't', messageKey: key },
});
const placed = (n: number, offset: number, s: number): Frame => ({
  op: 'end',
  id: n,
  data: { topic: 't', epoch: 'e', offset },
  s,
});
const subscribe = (id: number, more: object = {}): Frame => ({ op: 'subscribe', id, topic: 't', ...more });
const subscribed = (id: number, offset: number, s = 1, more: object = {}): Frame => ({
  op: 'subscribed',
  id,
  epoch: 'e',
  offset,
  recovered: true,
  s,
  ...more,
});
const message = (offset: number, n: number, more: object = {}): Frame => ({
  op: 'message',
  topic: 't',
  offset,
  data: { n },
  key: 'k',
  ...more,
});
const gap = (from: number, to: number, s: number, more: object = {}): Frame => ({
  op: 'gap',
  topic: 't',
  from,
  to,
  count: to - from + 1,
  reason: 'dropped',
  s,
  ...more,
});

/** A publisher who was told that the events 1, 2, … are at the offsets 1, 2, …. */
function published(a: Wire, count: number): void {
  a.fresh('a');
  for (let n = 1; n <= count; n += 1) a.sent(publish(n));
  for (let n = 1; n <= count; n += 1) a.got(placed(n, n, n));
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

const cases: readonly Case[] = [
  {
    title: 'an event and a stream that go on over a cut, with what was not acknowledged sent again',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1));
      a.sent(stream(2, 3, 2));
      a.got(item(2, 1, 1), item(2, 2, 2));
      a.sent({ op: 'pull', id: 2, max: 4 });
      a.resumed('a', 1, 2);
      a.sent({ op: 'pull', id: 2, max: 4 });
      a.got(item(2, 2, 2), end(1, 3), item(2, 3, 4), { op: 'end', id: 2, n: 3, s: 5 });
    },
    ran: [[1, 2]],
    finds: [],
  },
  {
    title: 'a number below what the client said to have',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1));
      a.sent(event(2));
      a.got(end(1, 1));
      a.resumed('a', 1, 2);
      a.got(end(1, 1), end(2, 2));
    },
    ran: [[1, 2]],
    finds: ['duplicated: client 0: expected numbers above 1, got {"op":"end","id":1,'],
  },
  {
    title: 'an item beyond the credit, and one more after the end',
    happens: (a) => {
      a.fresh('a');
      a.sent(stream(1, 2, 1));
      a.got(item(1, 1, 1), item(1, 2, 2), { op: 'end', id: 1, n: 2, s: 3 }, item(1, 2, 4));
    },
    ran: [[1]],
    finds: [
      'duplicated: n 1: expected item 2 once, got it, or a gap over it, before',
      'unexpected: client 0: expected at most 1 items of n 1, as its credit allows',
      'unexpected: client 0: expected at most 1 items of n 1, as its credit allows',
      'unexpected: n 1: expected nothing after its outcome',
    ],
  },
  {
    title: 'a session that is gone, with it an event without a key, and one with a key that is sent again',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1));
      a.sent(event(2, { idem: 'two', ack: true }));
      a.got({ op: 'ack', id: 2, s: 1 });
      a.lost();
      a.fresh('b');
      a.sent({ ...event(2, { idem: 'two', ack: true }), id: 102 });
      a.got({ op: 'ack', id: 102, duplicate: true, s: 1 }, { op: 'end', id: 102, data: data(2), s: 2 });
    },
    ran: [[1, 2]],
    finds: [],
  },
  {
    title: 'one with a key that nobody sent again',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1, { idem: 'one' }));
      a.lost();
      a.fresh('b');
    },
    ran: [[1]],
    finds: ['lost: n 1: expected one outcome, got none; the handler saw it'],
  },
  {
    title: 'a known event that is not called a duplicate',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1, { idem: 'one', ack: true }));
      a.got({ op: 'ack', id: 1, s: 1 });
      a.lost();
      a.fresh('b');
      a.sent({ ...event(1, { idem: 'one', ack: true }), id: 101 });
      a.got({ op: 'end', id: 101, data: data(1), s: 1 });
    },
    ran: [[1]],
    finds: ['unexpected: client 0: expected an ack that calls n 1 a duplicate first'],
  },
  {
    title: 'one that nobody can know any more, since the gateway was started anew',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1, { idem: 'one', ack: true }));
      a.got({ op: 'ack', id: 1, s: 1 });
      a.restarted();
      a.lost();
      a.fresh('b');
      a.sent({ ...event(1, { idem: 'one' }), id: 101 });
      a.got({ op: 'end', id: 101, data: data(1), s: 1 });
    },
    ran: [[1], [1]],
    finds: [],
  },
  {
    title: 'an event that ran twice in one life of the gateway',
    happens: (a) => {
      a.fresh('a');
      a.sent(event(1, { idem: 'one' }));
      a.got(end(1, 1));
    },
    ran: [[1, 1]],
    finds: ['duplicated: n 1: expected one call for attempt 1, got another'],
  },
  {
    title: 'a connection closed since its session goes on elsewhere, and one closed for bad conduct',
    happens: (a, b) => {
      a.fresh('a');
      a.lost(4009);
      b.fresh('b');
      b.lost(4000);
    },
    finds: ['unexpected: client 1: expected no reason to close a client that keeps to the protocol, got 4000'],
  },
  {
    title: 'an error without an id',
    happens: (a) => {
      a.fresh('a');
      a.got({ op: 'error', code: 'already_exists', details: { id: 1 } });
    },
    finds: ['unexpected: client 0: expected no error without an id'],
  },
  {
    title: 'messages, a gap, and messages again after a cut',
    happens: (a, b) => {
      published(a, 8);
      b.fresh('b');
      b.sent(subscribe(100));
      b.got(subscribed(100, 1), message(2, 2), gap(3, 4, 2), message(5, 5), message(6, 6));
      b.resumed('b', 2, 1);
      b.got(message(5, 5), message(6, 6), message(7, 7), message(8, 8));
    },
    ran: [upTo(8)],
    finds: [],
  },
  {
    title: 'a gap that is sent again before the messages in front of it',
    happens: (a, b) => {
      published(a, 6);
      b.fresh('b');
      b.sent(subscribe(100));
      b.got(subscribed(100, 0), message(1, 1));
      b.resumed('b', 1, 1);
      b.got(gap(3, 5, 2), message(1, 1), message(2, 2), message(6, 6));
    },
    ran: [upTo(6)],
    finds: [],
  },
  {
    title: 'such a gap, and a message in front of it that never comes',
    happens: (a, b) => {
      published(a, 6);
      b.fresh('b');
      b.sent(subscribe(100));
      b.got(subscribed(100, 0), message(1, 1));
      b.resumed('b', 1, 1);
      b.got(gap(3, 5, 2), message(1, 1), message(6, 6));
    },
    ran: [upTo(6)],
    finds: ['lost: client 1, subscription 100, t: expected offsets 2 to 2, or a gap that says so, got neither'],
  },
  {
    title: 'the newest of each key, over a cut',
    happens: (a, b) => {
      published(a, 9);
      b.fresh('b');
      b.sent(subscribe(100, { credit: 10, overflow: 'latest' }));
      const id = { id: 100 };
      b.got(subscribed(100, 0), gap(1, 6, 2, { ...id, count: 4, reason: 'conflated' }), message(4, 4, id));
      b.resumed('b', 2, 1);
      b.got(message(4, 4, id), message(6, 6, id), gap(7, 8, 3, { ...id, reason: 'conflated' }), message(9, 9, id));
    },
    ran: [upTo(9)],
    finds: [],
  },
  {
    title: 'fewer of them than the gap left',
    happens: (a, b) => {
      published(a, 7);
      b.fresh('b');
      b.sent(subscribe(100, { credit: 10, overflow: 'latest' }));
      const id = { id: 100 };
      b.got(subscribed(100, 0), gap(1, 6, 2, { ...id, count: 4, reason: 'conflated' }), message(6, 6, id));
      b.got(message(7, 7, id));
    },
    ran: [upTo(7)],
    finds: ['lost: client 1, subscription 100, t: expected 2 of the offsets 1 to 6, as the gap of them says, got 1'],
  },
  {
    title: 'a subscription that goes on from where it was, and one that cannot and says so',
    happens: (a, b) => {
      published(a, 6);
      b.fresh('b');
      b.sent(subscribe(100, { from: { epoch: 'e', offset: 3 } }));
      b.sent(subscribe(101, { from: { epoch: 'e', offset: 1 }, credit: 5 }));
      b.got(subscribed(100, 3, 1), subscribed(101, 5, 2, { recovered: false }));
      b.got(message(4, 4), message(5, 5), message(6, 6), message(6, 6, { id: 101 }));
    },
    ran: [upTo(6)],
    finds: [],
  },
  {
    title: 'older messages where it said not to know what was missed',
    happens: (a, b) => {
      published(a, 6);
      b.fresh('b');
      b.sent(subscribe(100, { from: { epoch: 'e', offset: 1 } }));
      b.got(subscribed(100, 5, 1, { recovered: false }), message(5, 5), message(6, 6));
    },
    ran: [upTo(6)],
    finds: ['unexpected: client 1, subscription 100, t: expected nothing up to 5, got 5'],
  },
  {
    title: 'a log that was lost and begins anew, which subscribers are told',
    happens: (a, b) => {
      published(a, 2);
      b.fresh('b');
      b.sent(subscribe(100));
      b.got(subscribed(100, 0), message(1, 1), message(2, 2));
      a.sent(publish(3));
      a.got({ op: 'end', id: 3, data: { topic: 't', epoch: 'f', offset: 1 }, s: 3 });
      b.got(gap(3, 3, 2, { reason: 'reset', epoch: 'f' }), message(1, 3));
    },
    ran: [upTo(3)],
    finds: [],
  },
  {
    title: 'the same, and nobody tells them',
    happens: (a, b) => {
      published(a, 2);
      b.fresh('b');
      b.sent(subscribe(100));
      b.got(subscribed(100, 0), message(1, 1), message(2, 2), message(1, 3));
      a.sent(publish(3));
      a.got({ op: 'end', id: 3, data: { topic: 't', epoch: 'f', offset: 1 }, s: 3 });
    },
    ran: [upTo(3)],
    finds: [
      'duplicated: client 1, subscription 100, t: expected offsets above 2, got 1',
      'unexpected: client 1, t 1: expected n 1, as was confirmed, got n 3',
    ],
  },
  {
    title: 'a pattern, which need not see what was under way as it was opened, and sees all that came after',
    happens: (a, b) => {
      a.fresh('a');
      b.fresh('b');
      b.sent(subscribe(100, { topic: '>' }));
      a.sent(publish(1));
      b.got({ op: 'subscribed', id: 100, recovered: true, s: 1 });
      a.sent(publish(2));
      a.sent(publish(3));
      a.got(placed(1, 1, 1), placed(2, 2, 2), placed(3, 3, 3));
      b.got(message(2, 2), message(3, 3));
    },
    ran: [upTo(3)],
    finds: [],
  },
  {
    title: 'a pattern that begins too late',
    happens: (a, b) => {
      a.fresh('a');
      b.fresh('b');
      b.sent(subscribe(100, { topic: '>' }));
      b.got({ op: 'subscribed', id: 100, recovered: true, s: 1 });
      a.sent(publish(1));
      a.sent(publish(2));
      a.got(placed(1, 1, 1), placed(2, 2, 2));
      b.got(message(2, 2));
    },
    ran: [upTo(2)],
    finds: ['lost: client 1, subscription 100: expected n 1, which is confirmed at t 1, got messages up to 2'],
  },
  {
    title: 'two messages confirmed in one place, and one in two',
    happens: (a, b) => {
      a.fresh('a');
      a.sent(publish(1));
      a.sent(publish(2));
      a.got(placed(1, 1, 1), placed(2, 1, 2));
      b.fresh('b');
      b.sent(subscribe(100));
      b.got(subscribed(100, 0), message(1, 2), message(2, 2));
    },
    ran: [upTo(2)],
    finds: [
      'duplicated: client 1, t 2: expected n 2 in one place, got it at t e 1, too',
      'unexpected: t e 1: expected one message, got n 1 and n 2 confirmed there',
    ],
  },
  {
    title: 'a message to one who did not subscribe, and a message of nobody',
    happens: (a) => {
      a.fresh('a');
      a.got(message(1, 1));
      a.sent(subscribe(100));
      a.got(subscribed(100, 0), message(1, 77));
    },
    finds: [
      'unexpected: client 0: expected a topic that is subscribed to',
      'unexpected: client 0, t 1: expected what was published to t, got n 77, key k',
    ],
  },
];

describe('the audit of what went over the wires', () => {
  it.each(cases)('$title', ({ happens, ran = [], finds }) => {
    const run = new WireRun();
    for (let n = 0; n < 10; n += 1) run.nextN();
    happens(new Wire(run), new Wire(run));
    const handlers = ran.map((ns) => HandlerLedger.parse(ns.map((n) => `${n} 1 -1 0 start\n`).join('')));
    const { findings } = auditWires({ seed: 7, run, handlers });
    const found = findings.map(({ kind, message: text }) => `${kind}: ${text}`);
    expect(found.length, found.join('\n')).toBe(finds.length);
    for (const [i, words] of finds.entries()) expect(found[i]).toContain(words);
  });

  it('says that it cannot know when there was no room for a history', () => {
    const run = new WireRun();
    const history = run.addClient();
    history.sent({ op: 'hello', resume: true });
    history.dropped = 3;
    expect(auditWires({ seed: 7, run, handlers: [] })).toMatchObject({ kind: 'indeterminate' });
  });
});
