import { beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../../load/bench/bench-codec.js';
import { noResumeFaults } from '../../../load/fanout/reconnect-order.js';
import { ResumeLedger, type ResumeTally } from '../../../load/fanout/resume-ledger.js';

let notes: string[];
let tally: ResumeTally;
let ledger: ResumeLedger;

beforeEach(() => {
  notes = [];
  const note = (fault: string): void => void notes.push(fault);
  tally = { faults: noResumeFaults(), messages: 0, replayed: 0, items: 0, note };
  ledger = new ResumeLedger(tally, 'stream');
});

function take(...frames: readonly Frame[]): void {
  for (const frame of frames) ledger.take(frame);
}

const subscribed: Frame = { op: 'subscribed', id: 1, epoch: 'e', offset: 0, recovered: false, s: 1 };
const ack: Frame = { op: 'ack', id: 2, s: 2 };
const item = (n: number, s = n + 2): Frame => ({ op: 'item', id: 2, n, data: { tick: n }, s });
const message = (offset: number): Frame => ({ op: 'message', topic: 't', offset, data: {} });

describe('the ledger of a session', () => {
  it('has nothing to say when all is as it should be, over two sockets', () => {
    take(subscribed, ack, item(1), message(1), message(2));
    ledger.resumed();
    take(message(1), message(2), message(3), item(2), { op: 'end', id: 2, n: 2, s: 5 });
    ledger.close(3);
    expect(tally).toMatchObject({ faults: noResumeFaults(), messages: 3, replayed: 2, items: 2 });
    expect(notes).toEqual([]);
    expect(ledger).toMatchObject({ received: 5, isOver: true, isSubscribed: true, isAccepted: true });
  });

  it.each<{ what: string; frames: Frame[]; found: Partial<ReturnType<typeof noResumeFaults>> }>([
    { what: 'a hole in the messages', frames: [message(1), message(4)], found: { messages: 2 } },
    { what: 'a message twice on one socket', frames: [message(1), message(1)], found: { unexpected: 1 } },
    { what: 'a hole in the reliable frames', frames: [item(1, 5)], found: { frames: 2 } },
    { what: 'a reliable frame twice', frames: [item(1), item(1)], found: { again: 1 } },
    { what: 'a hole in the items', frames: [item(1), item(3, 4)], found: { items: 1 } },
    { what: 'items that are swapped', frames: [item(2, 3), item(1, 4)], found: { items: 2 } },
    {
      what: 'an announced loss',
      frames: [{ op: 'gap', topic: 't', from: 1, to: 3, count: 3, s: 3 }],
      found: { gaps: 3 },
    },
    { what: 'an end that counts other items', frames: [item(1), { op: 'end', n: 3, s: 4 }], found: { outcomes: 1 } },
    { what: 'an error', frames: [{ op: 'error', id: 2, code: 'internal', s: 3 }], found: { unexpected: 1 } },
  ])('finds $what', ({ frames, found }) => {
    take(subscribed, ack, ...frames);
    expect(tally.faults).toEqual({ ...noResumeFaults(), ...found });
    expect(notes.length).toBeGreaterThan(0);
  });

  it('finds what never came', () => {
    take(subscribed, ack, message(1));
    ledger.close(4);
    expect(tally.faults).toEqual({ ...noResumeFaults(), messages: 3, outcomes: 1 });
  });

  it('finds a message again that was not under way when the socket was cut', () => {
    take(subscribed, message(1));
    ledger.resumed();
    take(message(2), message(2));
    expect(tally.faults.unexpected).toBe(1);
  });

  it('knows the outcome of a request', () => {
    const asked = new ResumeLedger(tally, { data: { index: 7 } });
    asked.take({ op: 'end', id: 2, data: { index: 7 }, s: 1 });
    expect(tally.faults.outcomes).toBe(0);
    asked.take({ op: 'end', id: 2, data: { index: 8 }, s: 2 });
    expect(tally.faults.outcomes).toBe(1);
  });
});
