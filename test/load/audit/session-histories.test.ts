import { describe, expect, it } from 'vitest';
import { auditWires } from '../../../load/audit/audit-wires.js';
import { WireRun } from '../../../load/audit/wire-history.js';
import { audited, data, end, event, item, stream, type WireCase } from './wires.js';

const cases: readonly WireCase[] = [
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
];

describe('the audit of sessions and events, shown a history by hand', () => {
  it.each(cases)('$title', (one) => {
    const found = audited(one);
    expect(found.length, found.join('\n')).toBe(one.finds.length);
    for (const [i, words] of one.finds.entries()) expect(found[i]).toContain(words);
  });

  it('says that it cannot know when there was no room for a history', () => {
    const run = new WireRun();
    const history = run.addClient();
    history.sent({ op: 'hello', resume: true });
    history.dropped = 3;
    expect(auditWires({ seed: 7, run, handlers: [] })).toMatchObject({ kind: 'indeterminate' });
  });
});
