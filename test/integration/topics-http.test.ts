/** Topics over HTTP on a whole gateway: what is published is followed, continued and never lost without being told. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gateway } from '../../src/gateway.js';
import { heapBytes } from '../support/heap.js';
import { mediaTypes, postTo } from '../support/http-post.js';
import { SseClient, type SseEvent } from '../support/sse-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway([], { anonymous: { subscribe: ['>'], publish: ['>'] }, ...parts });
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

/** Publishes, and expects that to go well. */
async function publish(port: number, topic: string, data: unknown, key?: string) {
  const message = key === undefined ? { data } : { data, key };
  const { status, body } = await postTo(port, `/v1/topics/${topic}`, message);
  expect([status, body]).toEqual([200, { topic, epoch: expect.any(String), offset: expect.any(Number) }]);
  return body as { readonly topic: string; readonly epoch: string; readonly offset: number };
}

async function publishMany(port: number, topic: string, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n += 1) expect((await publish(port, topic, n)).offset).toBe(n);
}

const offsetsOf = (events: readonly SseEvent[]): unknown[] => events.map(({ data }) => data.offset);
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('what is published over HTTP', () => {
  it('is followed as server-sent events, in order, each with its place', async () => {
    const port = await start();
    const client = await SseClient.follow(port, 'a.b');
    await client.until(() => client.events.length === 1);
    const { data: opened, id } = client.events[0] as SseEvent;
    expect(opened).toEqual({ op: 'subscribed', id: 0, epoch: expect.any(String), offset: 0, recovered: true });
    expect(id).toBe(`${opened.epoch}:0`);
    const text = 'ünïcode 😀\r\n\n\u2028';
    await publish(port, 'a.b', { text }, 'k');
    const { status, body } = await postTo(port, '/v1/topics/a.b', { data: [1, -2.5, null] }, { encoding: 'msgpack' });
    expect([status, body]).toEqual([200, { topic: 'a.b', epoch: opened.epoch, offset: 2 }]);
    await publish(port, 'a', 'of another topic');
    await publish(port, 'a.b', null);
    await client.until(() => client.events.length === 4);
    expect(client.events.slice(1)).toEqual(
      [
        { op: 'message', topic: 'a.b', offset: 1, data: { text }, key: 'k' },
        { op: 'message', topic: 'a.b', offset: 2, data: [1, -2.5, null] },
        { op: 'message', topic: 'a.b', offset: 3, data: null },
      ].map((data) => ({ event: 'message', id: `${opened.epoch}:${data.offset}`, data })),
    );
    client.destroy();
  });

  it('reaches all who follow it, and patterns, live and without places', async () => {
    const port = await start();
    await publish(port, 'a.x', 'before');
    const clients = await Promise.all(['a.*', '%3E', 'a.x'].map((topic) => SseClient.follow(port, topic)));
    await Promise.all(clients.map((client) => client.until(() => client.events.length === 1)));
    expect(clients.map((client) => client.events[0]?.data)).toEqual([
      { op: 'subscribed', id: 0, recovered: true },
      { op: 'subscribed', id: 0, recovered: true },
      { op: 'subscribed', id: 0, epoch: expect.any(String), offset: 1, recovered: true },
    ]);
    await publish(port, 'a.x', 'one');
    await publish(port, 'b', 'two');
    await publish(port, 'a.x', 'three');
    const expected = [
      ['one', 'three'],
      ['one', 'two', 'three'],
      ['one', 'three'],
    ];
    for (const [index, client] of clients.entries()) {
      const wanted = expected[index] as string[];
      await client.until(() => client.named('message').length === wanted.length);
      // Of two topics the order is not promised.
      expect(
        client
          .named('message')
          .map(({ data }) => data.data)
          .sort(),
      ).toEqual([...wanted].sort());
      expect(client.named('message').every(({ id }) => (id === undefined) === index < 2)).toBe(true);
      client.destroy();
    }
  });
});

describe('a follower that comes back', () => {
  it('misses nothing and gets nothing twice, however often it goes', async () => {
    const port = await start();
    const publishing = publishMany(port, 't', 1, 300);
    const seen: number[] = [];
    let place: string | undefined;
    for (let round = 0; seen.at(-1) !== 300; round += 1) {
      expect(round).toBeLessThan(100);
      const isByQuery = round % 2 === 1;
      const query = place === undefined ? '?rewind=1000' : isByQuery ? `?last-event-id=${place}` : '?rewind=1000';
      const headers = place === undefined || isByQuery ? {} : { 'last-event-id': place };
      const client = await SseClient.follow(port, `t${query}`, headers as Record<string, string>);
      await client.until(() => client.events.length > 1 + (round % 7) * 3 || client.events.at(-1)?.data.offset === 300);
      client.destroy();
      expect(client.events[0]?.data).toMatchObject({ op: 'subscribed', recovered: true });
      for (const event of client.events) {
        place = event.id;
        if (event.event === 'message') seen.push(event.data.offset as number);
      }
    }
    await publishing;
    expect(seen).toEqual(upTo(1, 300));
  });

  it('misses nothing though it went before the first message', async () => {
    const port = await start();
    const first = await SseClient.follow(port, 't');
    await first.until(() => first.events.length === 1);
    first.destroy();
    await publishMany(port, 't', 1, 3);
    const second = await SseClient.follow(port, 't', { 'last-event-id': first.events[0]?.id as string });
    await second.until(() => second.events.length === 4);
    expect(offsetsOf(second.named('message'))).toEqual([1, 2, 3]);
    second.destroy();
  });

  it('is told when what it missed is not known, and given nothing of it', async () => {
    const port = await start({ topics: { messages: 5 } });
    await publishMany(port, 't', 1, 20);
    const { epoch } = await publish(port, 't', 21);
    for (const [place, recovered, offset] of [
      [`${epoch}:16`, true, 16],
      [`${epoch}:21`, true, 21],
      [`${epoch}:3`, false, 21],
      [`${epoch}:999`, false, 21],
      ['another:16', false, 21],
    ] as const) {
      const client = await SseClient.follow(port, `t?last-event-id=${encodeURIComponent(place)}`);
      await client.until(() => client.events.length > 0);
      expect(client.events[0]?.data).toEqual({ op: 'subscribed', id: 0, epoch, offset, recovered });
      await client.until(() => client.events.length === 1 + 21 - offset);
      expect(offsetsOf(client.named('message'))).toEqual(upTo(offset + 1, 21));
      client.destroy();
    }
  });

  it('begins so many messages back as it asks, or as many as there are', async () => {
    const port = await start({ topics: { messages: 5 } });
    await publishMany(port, 't', 1, 20);
    for (const [rewind, first] of [
      [0, 21],
      [2, 19],
      [5, 16],
      [1000, 16],
    ] as const) {
      const client = await SseClient.follow(port, `t?rewind=${rewind}`);
      await client.until(() => client.events.length === 1 + 21 - first);
      expect(client.events[0]?.data).toMatchObject({ offset: first - 1, recovered: true });
      expect(offsetsOf(client.named('message'))).toEqual(upTo(first, 20));
      client.destroy();
    }
  });
});

describe('a follower that does not read', () => {
  it('costs no memory and holds nobody, is caught up, and told by gaps what is gone', async () => {
    const port = await start({ topics: { messages: 100, bytes: 4 * 1024 * 1024 } });
    const slow = await SseClient.follow(port, 't');
    const quick = await SseClient.follow(port, 't');
    await Promise.all([slow, quick].map((client) => client.until(() => client.events.length === 1)));
    slow.stopReading();
    const text = 'x'.repeat(20_000);
    const publishTexts = async (from: number, to: number): Promise<void> => {
      for (let n = from; n <= to; n += 1) await publish(port, 't', text);
      await quick.until(() => quick.named('message').length === to);
      // The test itself keeps what it has read.
      for (const event of quick.events) Object.assign(event, { id: undefined, data: { offset: event.data.offset } });
    };
    // More than all buffers of the kernel: 20 MB.
    await publishTexts(1, 1000);
    const before = heapBytes();
    await publishTexts(1001, 1400);
    expect(heapBytes() - before).toBeLessThan(4_000_000);
    slow.readOn();
    await slow.until(() => slow.events.at(-1)?.data.offset === 1400, 20_000);
    let last = 0;
    let lost = 0;
    for (const { event, data } of slow.events.slice(1)) {
      if (event === 'gap') {
        expect(data).toMatchObject({ op: 'gap', topic: 't', from: last + 1, reason: 'expired' });
        lost += data.count as number;
        last = data.to as number;
      } else {
        last += 1;
        expect(data.offset).toBe(last);
      }
    }
    expect([last, slow.named('message').length + lost]).toEqual([1400, 1400]);
    expect(lost).toBeGreaterThan(0);
    expect(offsetsOf(quick.named('message'))).toEqual(upTo(1, 1400));
    for (const client of [slow, quick]) client.destroy();
  });
});

describe('a request for a topic', () => {
  it('is refused without permission, on either side', async () => {
    const port = await start({ anonymous: { subscribe: ['open.>'], publish: ['in.*'] } });
    expect(await postTo(port, '/v1/topics/open.a', { data: 1 })).toMatchObject({
      status: 403,
      body: { code: 'permission_denied', started: 'no' },
    });
    await publish(port, 'in.a', 1);
    for (const [topic, status] of [
      ['in.a', 403],
      ['open.a', 200],
      ['open.*', 200],
      ['%3E', 403],
      ['*.a', 403],
    ] as const) {
      const client = await SseClient.follow(port, topic);
      expect(client.response.statusCode).toBe(status);
      client.destroy();
    }
  });

  it('may follow and not publish by default', async () => {
    gateway = await startTestGateway([]);
    const { port } = gateway;
    expect((await postTo(port, '/v1/topics/t', { data: 1 })).status).toBe(403);
    const client = await SseClient.follow(port, 't');
    expect(client.response.statusCode).toBe(200);
    client.destroy();
  });

  it('is refused for what is no topic, one of the gateway’s own, or no message', async () => {
    const port = await start();
    for (const topic of ['a..b', 'a.*', '%3E', '_presence.a', 'x'.repeat(257)]) {
      expect(await postTo(port, `/v1/topics/${topic}`, { data: 1 })).toMatchObject({ status: 400 });
    }
    for (const message of [[], 1, {}, { data: 1, key: 2 }]) {
      const options = { accept: mediaTypes.msgpack };
      expect(await postTo(port, '/v1/topics/t', message, options)).toMatchObject({
        status: 400,
        body: { code: 'invalid_argument' },
      });
    }
    expect((await publish(port, 't', 1)).offset).toBe(1);
  });

  it('beyond the bound of streams is refused until one has gone', async () => {
    const port = await start({ topics: { streamsMax: 2 } });
    const clients = await Promise.all(['t', 't'].map((topic) => SseClient.follow(port, topic)));
    const beyond = await SseClient.follow(port, 't');
    expect(beyond.response.statusCode).toBe(429);
    expect(beyond.response.headers['retry-after']).toBe('1');
    beyond.destroy();
    clients[0]?.destroy();
    await vi.waitFor(async () => {
      const again = await SseClient.follow(port, 't');
      again.destroy();
      expect(again.response.statusCode).toBe(200);
    });
    clients[1]?.destroy();
  });
});

describe('a drain', () => {
  it('tells each follower when to come back, and ends its stream behind what was published', async () => {
    const port = await start({ drain: { spreadMs: 1000, deadlineMs: 2000 } });
    const clients = await Promise.all(['t', 't', '%3E'].map((topic) => SseClient.follow(port, topic)));
    await Promise.all(clients.map((client) => client.until(() => client.events.length === 1)));
    await publish(port, 't', 1);
    await Promise.all(clients.map((client) => client.until(() => client.events.length === 2)));
    const drained = gateway.drain();
    await Promise.all(clients.map((client) => client.ended()));
    for (const client of clients) {
      const { event, data } = client.events.at(-1) as SseEvent;
      expect(event).toBe('goaway');
      expect(data).toEqual({ op: 'goaway', afterMs: expect.any(Number), untilMs: 2000 });
      expect(data.afterMs).toBeLessThanOrEqual(1000);
    }
    await drained;
  });
});
