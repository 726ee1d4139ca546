/** Subscriptions of the client: where they begin, what they bring, and that reading goes at the reader's speed. */
import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Client, SubscribeOptions, SubscriptionStart, TopicGap, TopicMessage } from '../../src/client.js';
import { msgpackEncoding } from '../../src/client-msgpack.js';
import { echo } from '../../src/demo/basics.js';
import { definePublisher } from '../../src/index.js';
import { clientRig, failureOf, taken } from '../support/client-rig.js';
import { range, say } from '../support/say.js';

const rig = clientRig();

const tell = definePublisher({
  type: 'tell',
  topic: ({ data }) => (data as { to: string }).to,
  data: ({ data }) => (data as { text: unknown }).text,
  key: ({ key }) => key,
});

const publish = (client: Client, topic: string, all: readonly unknown[], keys?: readonly string[]) =>
  client.request('say', { topic, all, ...(keys === undefined ? {} : { keys }) });

type Part = TopicMessage<unknown> | TopicGap;
const dataOf = (parts: readonly Part[]) => parts.map((part) => (part.kind === 'message' ? part.data : part));

/** Begins to read a topic. @returns what has come so far, and how to wait until it is so many */
async function following(client: Client, topic: string, options: SubscribeOptions = {}) {
  const parts: Part[] = [];
  const opened = vi.fn<(at: SubscriptionStart) => void>();
  const reading = client.subscribe(topic, { ...options, onOpen: opened }).subscribe((part) => parts.push(part));
  await vi.waitFor(() => expect(opened).toHaveBeenCalled());
  const until = (count: number) => vi.waitFor(() => expect(parts.length).toBeGreaterThanOrEqual(count));
  const [[at] = []] = opened.mock.calls;
  return { parts, opened, epoch: at?.epoch, until, stop: () => reading.unsubscribe() };
}

const noSubscriptions = () => vi.waitFor(() => expect(rig.gateway.inUse().subscriptions).toBe(0));

describe.each([
  ['json', {}],
  ['msgpack', { encoding: msgpackEncoding }],
] as const)('a subscription over %s', (_name, options) => {
  it('brings what is published from then on, with its place and key', async () => {
    await rig.start([say]);
    const [reader, writer] = [rig.connect(options), rig.connect()];
    await publish(writer, 'room', ['before']);
    const { parts, opened, epoch, until, stop } = await following(reader, 'room');
    expect(opened).toHaveBeenCalledExactlyOnceWith({ epoch, offset: 1, recovered: true });
    await publish(writer, 'room', [{ a: 1 }, null], ['k', 'l']);
    await publish(writer, 'hall', ['not for it']);
    await until(2);
    expect(parts).toEqual([
      { kind: 'message', topic: 'room', offset: 2, epoch, data: { a: 1 }, key: 'k' },
      { kind: 'message', topic: 'room', offset: 3, epoch, data: null, key: 'l' },
    ]);
    stop();
    await noSubscriptions();
  });

  it('is read by for await, and ended by leaving the loop', async () => {
    const gateway = await rig.start([say]);
    const client = rig.connect(options);
    await publish(client, 'room', range(1, 10));
    expect(dataOf(await taken(client.subscribe('room', { rewind: 4 }), 4))).toEqual([7, 8, 9, 10]);
    await noSubscriptions();
    expect(client.usage.open).toBe(0);
    expect(gateway.inUse().sessions).toBe(1);
  });
});

describe('a subscription', () => {
  it('goes on behind a message, as a message says where it stands', async () => {
    await rig.start([say]);
    const client = rig.connect();
    await publish(client, 'room', range(1, 10));
    const [last] = (await taken(client.subscribe('room', { rewind: 4 }), 1)) as [TopicMessage<unknown>];
    const from = { epoch: last.epoch, offset: last.offset };
    const { parts, opened, until, stop } = await following(client, 'room', { from });
    await until(3);
    expect(dataOf(parts)).toEqual([8, 9, 10]);
    expect(opened).toHaveBeenCalledExactlyOnceWith({ ...from, recovered: true });
    stop();
    await noSubscriptions();
  });

  it('begins anew with each reading', async () => {
    await rig.start([say]);
    const client = rig.connect();
    await publish(client, 'room', range(1, 5));
    const topic = client.subscribe('room', { rewind: 2 });
    expect(dataOf(await taken(topic, 2))).toEqual([4, 5]);
    const both = await Promise.all([taken(topic, 2), lastValueFrom(topic.pipe(take(2), toArray()))]);
    expect(both.map(dataOf)).toEqual([
      [4, 5],
      [4, 5],
    ]);
    await noSubscriptions();
  });

  it('may have a pattern, of which each topic counts by itself', async () => {
    await rig.start([say]);
    const client = rig.connect();
    await publish(client, 'room.a', ['before']);
    const { parts, opened, until, stop } = await following(client, 'room.*');
    expect(opened.mock.calls[0]?.[0]).toMatchObject({ epoch: undefined, offset: undefined });
    await publish(client, 'room.a', [1]);
    await publish(client, 'room.b', [2]);
    await publish(client, 'room.b.c', ['not for it']);
    await publish(client, 'room.b', [3]);
    await until(3);
    expect(parts).toEqual([
      { kind: 'message', topic: 'room.a', offset: 2, epoch: '', data: 1 },
      { kind: 'message', topic: 'room.b', offset: 1, epoch: '', data: 2 },
      { kind: 'message', topic: 'room.b', offset: 2, epoch: '', data: 3 },
    ]);
    stop();
    await noSubscriptions();
  });

  it('gets each message once, however many others of the client match it too', async () => {
    await rig.start([say]);
    const client = rig.connect();
    const names = ['room.a', 'room.*', 'room.>', '>', 'room.a'];
    const all = await Promise.all(names.map((name) => following(client, name)));
    await publish(client, 'room.a', range(1, 50));
    await publish(client, 'room.b', ['end']);
    const [first, ...others] = all;
    for (const { until } of others.slice(0, 3)) await until(51);
    await first?.until(50);
    for (const [n, { parts }] of all.entries()) {
      const own = parts.filter(({ topic }) => topic === 'room.a');
      expect([names[n], dataOf(own)]).toEqual([names[n], range(1, 50)]);
    }
    // Those that are left go on when one of them ends.
    first?.stop();
    await vi.waitFor(() => expect(rig.gateway.inUse().subscriptions).toBe(4));
    await publish(client, 'room.a', ['after']);
    for (const each of others) await vi.waitFor(() => expect(dataOf(each.parts)).toContain('after'));
    expect(dataOf(first?.parts ?? [])).not.toContain('after');
    for (const { stop } of others) stop();
    await noSubscriptions();
  });

  it('shares a topic with other clients', async () => {
    await rig.start([say]);
    const readers = [rig.connect(), rig.connect({ encoding: msgpackEncoding }), rig.connect()];
    const all = await Promise.all(readers.map((reader) => following(reader, 'room')));
    await publish(rig.connect(), 'room', range(1, 200));
    for (const { until } of all) await until(200);
    for (const { parts, stop } of all) {
      expect(dataOf(parts)).toEqual(range(1, 200));
      stop();
    }
    await noSubscriptions();
  });

  it('pauses with its reader, and misses nothing the topic still holds', async () => {
    await rig.start([say]);
    const client = rig.connect();
    const seen: unknown[] = [];
    await publish(client, 'room', ['first']);
    for await (const part of client.subscribe('room', { rewind: 1, credit: 8 })) {
      seen.push(...dataOf([part]));
      if (seen.length === 1) await publish(client, 'room', range(1, 500));
      if (seen.length === 501) break;
    }
    expect(seen).toEqual(['first', ...range(1, 500)]);
    await noSubscriptions();
  });

  it('ends with cancelled when its signal fires', async () => {
    await rig.start([say]);
    const client = rig.connect();
    const abort = new AbortController();
    const reading = failureOf(taken(client.subscribe('room', { signal: abort.signal }), 1));
    await vi.waitFor(() => expect(rig.gateway.inUse().subscriptions).toBe(1));
    abort.abort();
    expect(await reading).toMatchObject({ code: 'cancelled' });
    await noSubscriptions();
    const before = client.subscribe('room', { signal: AbortSignal.abort() });
    expect(await failureOf(taken(before, 1))).toMatchObject({ code: 'cancelled' });
  });

  it.each([
    ['no topic', 'a..b', {}],
    ['a pattern that begins behind a message', 'a.*', { from: { epoch: 'e', offset: 1 } }],
    ['a pattern that begins in the past', 'a.>', { rewind: 1 }],
    ['a credit of none', 'a', { credit: 0 }],
  ])('is refused with %s', async (_what, topic, options) => {
    await rig.start([say]);
    const client = rig.connect();
    const read = async () => taken(client.subscribe(topic, options), 1);
    expect(await failureOf(read())).toMatchObject({ code: 'invalid_argument', started: 'no' });
    await client.ready;
    expect(rig.gateway.inUse().subscriptions).toBe(0);
  });

  it('is refused where it is not allowed', async () => {
    await rig.start([say], { anonymous: { subscribe: ['open.*'] } });
    const client = rig.connect();
    expect(await failureOf(taken(client.subscribe('secret'), 1))).toMatchObject({ code: 'permission_denied' });
    const { stop } = await following(client, 'open.a');
    stop();
  });
});

describe('publish', () => {
  it('says where the message stands', async () => {
    await rig.start([tell, echo], { anonymous: { publish: ['>'] } });
    const client = rig.connect();
    const { parts, epoch, until, stop } = await following(client, 'room');
    const tellRoom = (text: unknown) => client.publish('tell', { to: 'room', text }, { key: 'k' });
    expect(await tellRoom('one')).toEqual({ topic: 'room', epoch, offset: 1 });
    expect(await tellRoom('two')).toEqual({ topic: 'room', epoch, offset: 2 });
    await until(2);
    expect(dataOf(parts)).toEqual(['one', 'two']);
    stop();
  });

  it('is refused where it is not allowed', async () => {
    await rig.start([tell]);
    const refused = failureOf(rig.connect().publish('tell', { to: 'room', text: 1 }));
    expect(await refused).toMatchObject({ code: 'permission_denied', started: 'no' });
  });

  it('of an event that publishes nothing says so', async () => {
    await rig.start([echo]);
    const error = await failureOf(rig.connect().publish('echo', 1));
    expect(error).toMatchObject({ code: 'failed_precondition', started: 'maybe' });
  });
});
