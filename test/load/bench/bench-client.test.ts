import { describe, expect, it } from 'vitest';
import { BenchClient } from '../../../load/bench/bench-client.js';
import { benchCodec } from '../../../load/bench/bench-codec.js';
import type { BenchOrder, ClientGroup, EventKind } from '../../../load/bench/bench-order.js';
import type { DueEvent } from '../../../load/bench/due-event.js';
import { RunRecord } from '../../../load/bench/run-record.js';

const work: EventKind = { name: 'work', type: 'work', weight: 1, keys: 0, fillBytes: 0, data: {}, ttlMs: 100 };
const critical: EventKind = { ...work, name: 'critical', priority: 'critical' };

/** A welcomed client whose clock and server are the test's. */
function welcomed(more: Partial<ClientGroup>, credit: number) {
  const group: ClientGroup = { name: 'clients', connections: 1, kinds: [work], pace: { inFlight: 1 }, ...more };
  const order: BenchOrder = {
    host: '',
    port: 0,
    encoding: 'json',
    client: 'raw',
    dialect: 'sluice',
    seed: 1,
    warmUpMs: 0,
    durationMs: 10_000,
    drainMs: 0,
    deadlineMs: 0,
    groups: [group],
    worker: { index: 0, of: 1 },
    numbersAfter: 0,
    eventsMax: 100,
  };
  const codec = benchCodec('json');
  const record = new RunRecord(order, undefined);
  const sent: { readonly op: string; readonly id?: number; readonly ttl?: number }[] = [];
  let nowMs = 0;
  const client = new BenchClient({ index: 0, group, codec, record, nowMs: () => nowMs, onEnded: () => undefined });
  client.socket = {
    send: (payload) => void sent.push(JSON.parse(String(payload))),
    flush: () => undefined,
    destroy: () => undefined,
  };
  client.isOpen = true;
  client.hello();
  sent.length = 0;
  const receive = (frame: object): void => client.message(codec.encode(frame));
  receive({ op: 'welcome', credit });
  const offer = (n: number, kind = work): void => client.offer(due(n, kind, nowMs));
  return {
    client,
    offer,
    receive,
    sent: () => sent.map(({ id }) => id),
    frames: sent,
    at: (ms: number) => {
      nowMs = ms;
    },
    failed: () => record.recorded().failed,
  };
}

function due(n: number, kind: EventKind, dueMs: number): DueEvent {
  return { n, kind, dueMs, serviceUs: 0, sentMs: dueMs, keySequence: 0, key: -1, items: 0, pulled: 0 };
}

describe('a client without credit', () => {
  it('sends the oldest first when it has some, and drops what is too late', () => {
    const { offer, receive, sent, at, failed } = welcomed({}, 0);
    offer(1);
    at(50);
    offer(2);
    offer(3);
    at(120);
    receive({ op: 'credit', max: 1 });
    expect(sent()).toEqual([2]);
    expect(failed()).toEqual({ 'not sent, too late': 1 });
  });

  it('sends the newest first where the order does not matter', () => {
    const { offer, receive, sent, at } = welcomed({ isNewestFirst: true }, 0);
    for (const n of [1, 2, 3]) offer(n);
    at(50);
    receive({ op: 'credit', max: 2 });
    expect(sent()).toEqual([3, 2]);
  });

  it('sends nothing that an answer would be too late for, where it spares the time', () => {
    const { offer, receive, sent, at } = welcomed({ sparesTime: true }, 1);
    offer(1);
    at(30);
    offer(2);
    at(40);
    offer(3);
    // An answer took 40 ms, and may take up to 80: what has less than that left is not sent.
    receive({ op: 'end', id: 1, data: { n: 1 } });
    at(55);
    receive({ op: 'credit', max: 3 });
    expect(sent()).toEqual([1, 3]);
  });

  it('lets what is critical pass, which needs none', () => {
    const { offer, sent } = welcomed({}, 0);
    offer(1);
    offer(2, critical);
    expect(sent()).toEqual([2]);
  });

  it('knows its window: what it was told less what has ended', () => {
    const { client, offer, receive } = welcomed({}, 8);
    offer(1);
    expect(client.window).toBe(8);
    receive({ op: 'end', id: 1, data: { n: 1 } });
    expect(client.window).toBe(7);
    receive({ op: 'credit', max: 12 });
    expect(client.window).toBe(11);
  });

  it('tells server and handler how much time is left', () => {
    const { offer, receive, frames, at } = welcomed({}, 0);
    offer(1);
    at(40);
    receive({ op: 'credit', max: 1 });
    expect(frames[0]).toMatchObject({ ttl: 60, data: { ttl: 60 } });
  });
});
