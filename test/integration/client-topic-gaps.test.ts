/** What a subscription of the client does not bring is told, before the first message behind it. */
import { describe, expect, it, vi } from 'vitest';
import type { Client, SubscribeOptions, TopicGap, TopicMessage } from '../../src/client.js';
import { clientRig, failureOf, freePort, taken } from '../support/client-rig.js';
import { range, say } from '../support/say.js';

const rig = clientRig();

type Part = TopicMessage<unknown> | TopicGap;

const publish = (client: Client, all: readonly unknown[], keys?: readonly string[]) =>
  client.request('say', { topic: 'busy', all, ...(keys === undefined ? {} : { keys }) });

/** Reads one message, publishes many more meanwhile, and reads on until the last of them. */
async function readLate(client: Client, options: SubscribeOptions, all: readonly unknown[], keys?: readonly string[]) {
  await publish(client, ['first']);
  const parts: Part[] = [];
  for await (const part of client.subscribe('busy', { rewind: 1, ...options })) {
    parts.push(part);
    if (parts.length === 1) await publish(client, all, keys);
    if (part.kind === 'message' && part.data === all.at(-1)) break;
  }
  return parts;
}

/** Each offset up to the last is a message, or one of those a gap before it has counted. */
function expectAccounted(parts: readonly Part[], to: number): void {
  let told = 0;
  let last = 0;
  for (const part of parts) {
    if (part.kind === 'message') {
      expect(part.offset).toBeGreaterThan(last);
      last = part.offset;
    }
    told += part.kind === 'message' ? 1 : (part.count ?? 0);
  }
  expect([last, told]).toEqual([to, to]);
}

const reasonsOf = (parts: readonly Part[]) =>
  new Set(parts.flatMap((part) => (part.kind === 'gap' ? [part.reason] : [])));

describe('a slow reader', () => {
  it('with latest is given the newest of each key, and told of the others', async () => {
    await rig.start([say]);
    const numbers = range(1, 400);
    const keys = numbers.map((n) => `k${n % 3}`);
    const parts = await readLate(rig.connect(), { credit: 2, overflow: 'latest' }, numbers, keys);
    expectAccounted(parts, 401);
    expect(reasonsOf(parts)).toEqual(new Set(['conflated']));
    const newest = parts.slice(-3).map((part) => (part.kind === 'message' ? part.data : part));
    expect(newest).toEqual([398, 399, 400]);
    expect(parts.length).toBeLessThan(20);
  });

  it('with drop is given the newest 32, and told of the others', async () => {
    await rig.start([say]);
    const parts = await readLate(rig.connect(), { credit: 2, overflow: 'drop' }, range(1, 400));
    expectAccounted(parts, 401);
    expect(reasonsOf(parts)).toEqual(new Set(['dropped']));
    expect(parts.filter(({ kind }) => kind === 'message').length).toBeLessThanOrEqual(1 + 2 * 2 + 32);
  });

  it('with close fails, with what had come before', async () => {
    await rig.start([say]);
    const client = rig.connect();
    const seen: unknown[] = [];
    const read = async () => {
      const options = { rewind: 1, credit: 2, overflow: 'close' } as const;
      for await (const part of client.subscribe('busy', options)) {
        seen.push(part.kind === 'message' ? part.data : part);
        // In several goes, as it does not have the credit for all of the first.
        if (seen.length === 1) for (const n of [1, 101, 201]) await publish(client, range(n, n + 99));
      }
    };
    await publish(client, ['first']);
    const error = await failureOf(read());
    expect(error).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', retry: 'backoff' });
    expect(seen).toEqual(['first', ...range(1, seen.length - 1)]);
    expect(seen.length).toBeLessThan(100);
    await vi.waitFor(() => expect(rig.gateway.inUse().subscriptions).toBe(0));
  });

  it('that waited too long is told what the topic does not hold any more', async () => {
    await rig.start([say], { topics: { messages: 50 } });
    const parts = await readLate(rig.connect(), { credit: 4 }, range(1, 400));
    expectAccounted(parts, 401);
    expect(reasonsOf(parts)).toEqual(new Set(['expired']));
    const behind = parts.slice(parts.findIndex(({ kind }) => kind === 'gap') + 1);
    expect(behind.map((part) => (part.kind === 'message' ? part.data : part))).toEqual(range(351, 400));
  });
});

describe('a subscription that cannot begin where it should', () => {
  it('says what is gone, and goes on behind it', async () => {
    await rig.start([say], { topics: { messages: 10 } });
    const client = rig.connect();
    await publish(client, range(1, 3));
    const [{ epoch }] = (await taken(client.subscribe('busy', { rewind: 1 }), 1)) as [TopicMessage<unknown>];
    await publish(client, range(4, 100));
    const onOpen = vi.fn();
    const reading = taken(client.subscribe('busy', { from: { epoch, offset: 3 }, onOpen }), 2);
    await vi.waitFor(() => expect(onOpen).toHaveBeenCalledExactlyOnceWith({ epoch, offset: 100, recovered: false }));
    await publish(client, ['on']);
    const [gap, message] = await reading;
    expect(gap).toMatchObject({ kind: 'gap', topic: 'busy', reason: 'expired', from: 4, to: 100, count: 97 });
    expect(message).toMatchObject({ kind: 'message', offset: 101, epoch, data: 'on' });
  });

  it('says that its epoch is over, and brings all there is of the new one', async () => {
    await rig.start([say]);
    const client = rig.connect();
    await publish(client, range(1, 5));
    const onOpen = vi.fn();
    const from = { epoch: 'another', offset: 3 };
    const [gap, ...messages] = await taken(client.subscribe('busy', { from, onOpen }), 6);
    expect(gap).toMatchObject({ kind: 'gap', topic: 'busy', reason: 'reset', count: undefined });
    expect(messages.map((part) => (part.kind === 'message' ? part.data : part))).toEqual(range(1, 5));
    expect(onOpen).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ recovered: false }));
  });
});

describe('a gateway that is started anew', () => {
  it('is followed again, and topics and patterns tell that they were cut', async () => {
    await rig.start([say], { listen: { port: await freePort() } });
    const client = rig.connect({ reconnect: { minMs: 5, maxMs: 20 } });
    const [topic, pattern]: [Part[], Part[]] = [[], []];
    const onOpen = vi.fn();
    client.subscribe('busy', { onOpen }).subscribe((part) => topic.push(part));
    client.subscribe('*', { onOpen }).subscribe((part) => pattern.push(part));
    await publish(client, range(1, 3));
    await vi.waitFor(() => expect([topic.length, pattern.length]).toEqual([3, 3]));
    await rig.startAnew([say]);
    await vi.waitFor(() => expect(onOpen).toHaveBeenCalledTimes(4), 5000);
    expect(client.state).toMatchObject({ status: 'open', continuity: 'lost' });
    await publish(client, ['anew']);
    await vi.waitFor(() => expect([topic.at(-1), pattern.at(-1)]).toMatchObject([{ data: 'anew' }, { data: 'anew' }]));
    expect(topic[3]).toMatchObject({ kind: 'gap', topic: 'busy', reason: 'reset' });
    expect(topic[4]).toMatchObject({ kind: 'message', offset: 1, data: 'anew' });
    expect(pattern[3]).toMatchObject({ kind: 'gap', topic: '*', reason: 'lost', count: undefined });
    expect(pattern[4]).toMatchObject({ kind: 'message', topic: 'busy', offset: 1, data: 'anew' });
    expect((topic[4] as TopicMessage<unknown>).epoch).not.toBe((topic[2] as TopicMessage<unknown>).epoch);
  });
});
