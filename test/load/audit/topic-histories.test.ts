import { describe, expect, it } from 'vitest';
import {
  audited,
  gap,
  message,
  placed,
  publish,
  published,
  subscribe,
  subscribed,
  upTo,
  type WireCase,
} from './wires.js';

const cases: readonly WireCase[] = [
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

describe('the audit of topics, shown a history by hand', () => {
  it.each(cases)('$title', (one) => {
    const found = audited(one);
    expect(found.length, found.join('\n')).toBe(one.finds.length);
    for (const [i, words] of one.finds.entries()) expect(found[i]).toContain(words);
  });
});
