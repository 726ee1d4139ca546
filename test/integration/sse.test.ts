/** Result streams as server-sent events: their frames, and a handler that is held by a client that does not read. */
import { setTimeout as wait } from 'node:timers/promises';
import { Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { count, echo, fail } from '../../src/demo/basics.js';
import { reportRows } from '../../src/demo/shop.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, HandlerError, item } from '../../src/index.js';
import { heapBytes } from '../support/heap.js';
import { post } from '../support/http-post.js';
import { SseClient } from '../support/sse-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

const start = async (handlers: readonly unknown[], parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway(handlers, parts);
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

/** Waits until a count has not changed for a while. */
async function untilStill(look: () => number): Promise<number> {
  let last = look();
  for (let still = 0; still < 20; still += 1) {
    await wait(5);
    if (look() !== last) still = 0;
    last = look();
  }
  return last;
}

describe('a stream as server-sent events', () => {
  it('sends each item with its number as its id, and ends with how many there were', async () => {
    const port = await start([count]);
    const client = await SseClient.open(port, { id: 'c', type: 'count', data: { to: 100 }, credit: 1 });
    await client.ended();
    expect(client.response.statusCode).toBe(200);
    expect(client.response.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(client.named('item')).toEqual(
      Array.from({ length: 100 }, (_, i) => ({
        event: 'item',
        id: String(i + 1),
        data: { op: 'item', id: 'c', n: i + 1, data: i + 1 },
      })),
    );
    expect(client.events).toHaveLength(101);
    expect(client.events[100]).toMatchObject({ event: 'end', data: { op: 'end', id: 'c', n: 100 } });
  });

  it.each(['text/event-stream', 'application/json, text/event-stream', 'text/event-stream;q=0.9, */*'])(
    'is sent for the Accept %s',
    async (accept) => {
      const port = await start([count]);
      const client = await SseClient.open(port, { type: 'count', data: { to: 2 } }, accept);
      await client.ended();
      expect(client.events.map(({ event }) => event)).toEqual(['item', 'item', 'end']);
    },
  );

  it('may have no items, keys, a value at its end, and text of several lines', async () => {
    const odd = defineHandler({
      type: 'odd',
      async *handle() {
        yield item('one\ntwo\r\n\r\nevent: end\u2028', { key: 'k\n' });
        yield undefined;
        return { total: 2 };
      },
    });
    const port = await start([odd, count]);
    const client = await SseClient.open(port, { id: 1, type: 'odd' });
    await client.ended();
    expect(client.events.map(({ data }) => data)).toEqual([
      { op: 'item', id: 1, n: 1, data: 'one\ntwo\r\n\r\nevent: end\u2028', key: 'k\n' },
      { op: 'item', id: 1, n: 2, data: null },
      { op: 'end', id: 1, n: 2, data: { total: 2 } },
    ]);
    const empty = await SseClient.open(port, { id: 2, type: 'count', data: { to: 0 } });
    await empty.ended();
    expect(empty.events).toMatchObject([{ event: 'end', data: { op: 'end', id: 2, n: 0 } }]);
  });

  it('that fails ends with an error, behind the items it had', async () => {
    const broken = defineHandler({
      type: 'broken',
      async *handle() {
        yield 1;
        throw new HandlerError('out_of_range', 'no more', { details: { at: 2 } });
      },
    });
    const port = await start([broken]);
    const client = await SseClient.open(port, { id: 1, type: 'broken' });
    await client.ended();
    expect(client.events.map(({ event, data }) => [event, data])).toEqual([
      ['item', { op: 'item', id: 1, n: 1, data: 1 }],
      [
        'error',
        {
          op: 'error',
          id: 1,
          code: 'out_of_range',
          message: 'no more',
          retry: 'no',
          started: 'maybe',
          details: { at: 2 },
        },
      ],
    ]);
  });

  it('that fails with details no encoding can hold ends with an error without them', async () => {
    const broken = defineHandler({
      type: 'broken',
      async *handle() {
        yield 1;
        throw new HandlerError('aborted', 'as told', { details: { big: 1n } });
      },
    });
    const port = await start([broken, echo]);
    const client = await SseClient.open(port, { id: 1, type: 'broken' });
    await client.until(() => client.events.length === 2, 2000);
    expect(client.events[1]).toMatchObject({ event: 'error', data: { code: 'aborted', message: 'as told' } });
    expect(await post(port, { type: 'echo', data: 1 })).toMatchObject({ status: 200 });
  });

  it('whose last value no encoding can hold ends with an error, as it does on a socket', async () => {
    const odd = defineHandler({
      type: 'odd',
      async *handle() {
        yield 1;
        return { big: 1n };
      },
    });
    const port = await start([odd]);
    const client = await SseClient.open(port, { id: 1, type: 'odd' });
    await client.ended();
    expect(client.events[1]).toMatchObject({
      event: 'error',
      data: { op: 'error', code: 'internal', started: 'maybe' },
    });
  });

  it('whose item takes longer than the route allows ends with deadline_exceeded', async () => {
    const stuck = defineHandler({
      type: 'stuck',
      timeoutMs: 60,
      async *handle(_event, { signal }) {
        yield 1;
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const port = await start([stuck]);
    const client = await SseClient.open(port, { id: 1, type: 'stuck' });
    await client.ended();
    expect(client.events[1]).toMatchObject({ event: 'error', data: { code: 'deadline_exceeded', started: 'maybe' } });
  });

  it('is not begun for an event that is refused or fails before it: that is answered by its status', async () => {
    const port = await start([fail, echo]);
    const failed = await SseClient.open(port, { type: 'fail', data: { code: 'out_of_range' } });
    expect(failed.response.statusCode).toBe(416);
    const refused = await SseClient.open(port, { type: 'none' });
    expect(refused.response.statusCode).toBe(404);
    for (const client of [failed, refused]) client.destroy();
  });
});

describe('a client that stops reading', () => {
  it('holds its handler: production is bounded, and goes on in order when it reads again', async () => {
    let produced = 0;
    const rows = defineHandler({
      type: 'rows',
      async *handle() {
        const text = 'x'.repeat(1000);
        for (produced = 1; produced <= 30_000; produced += 1) yield { row: produced, text };
      },
    });
    const port = await start([rows, echo]);
    const client = await SseClient.open(port, { id: 1, type: 'rows' });
    await client.until(() => client.events.length > 0);
    client.stopReading();
    const held = await untilStill(() => produced);
    expect(held).toBeLessThan(25_000);
    const before = heapBytes();
    expect(await untilStill(() => produced)).toBe(held);
    expect(heapBytes() - before).toBeLessThan(4_000_000);
    expect(gateway.inUse()).toMatchObject({ events: 1, busy: 0 });
    expect(await post(port, { type: 'echo', data: 'others' })).toMatchObject({ status: 200, body: 'others' });
    client.readOn();
    await client.until(() => client.named('end').length === 1, 15_000);
    expect(client.named('item').map(({ data }) => data.n)).toEqual(Array.from({ length: 30_000 }, (_, i) => i + 1));
    expect(client.events.at(-1)?.data).toEqual({ op: 'end', id: 1, n: 30_000 });
  });

  it.each([
    ['drop', 'dropped'],
    ['latest', 'conflated'],
  ])('is told by a gap what it lost with the policy %s, before the next item', async (overflow, reason) => {
    const free = defineHandler({
      type: 'free',
      async *handle() {
        const text = 'x'.repeat(10_000);
        for (let n = 1; n <= 3000; n += 1) yield text;
      },
    });
    const port = await start([free]);
    const client = await SseClient.open(port, { id: 1, type: 'free', overflow });
    client.stopReading();
    await vi.waitFor(() => expect(gateway.counters.itemsSent).toBeGreaterThan(0));
    await untilStill(() => gateway.counters.itemsSent);
    client.readOn();
    await client.ended();
    let told = 0;
    let count = 0;
    for (const { event, data } of client.events.slice(0, -1)) {
      const { from, to, n } = data as { from: number; to: number; n: number };
      expect(event === 'gap' ? from : n).toBe(told + 1);
      told = event === 'gap' ? to : n;
      if (event !== 'gap') continue;
      expect(data).toEqual({ op: 'gap', id: 1, from, to, count: to - from + 1, reason });
      count += to - from + 1;
    }
    expect(told).toBe(3000);
    expect(count).toBeGreaterThan(0);
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { n: 3000 } });
  });

  it('ends an Observable that runs further ahead than it may', async () => {
    let isStopped = false;
    const pushes = defineHandler({
      type: 'pushes',
      handle: () =>
        new Observable<string>((subscriber) => {
          const timer = setInterval(() => {
            for (let n = 0; n < 100; n += 1) subscriber.next('x'.repeat(10_000));
          }, 1);
          return () => {
            isStopped = true;
            clearInterval(timer);
          };
        }),
    });
    const port = await start([pushes], { stream: { bridgeItemsMax: 64 } });
    const client = await SseClient.open(port, { id: 1, type: 'pushes' });
    client.stopReading();
    await vi.waitFor(() => expect(isStopped).toBe(true), 5000);
    client.readOn();
    await client.ended();
    expect(client.events.at(-1)?.data).toMatchObject({ op: 'error', code: 'resource_exhausted', reason: 'overflow' });
  });
});

describe('a client that goes away in the middle of a stream', () => {
  it.each(['while it reads', 'while it does not read'])('cancels the handler within 50 ms: %s', async (how) => {
    let firedAtMs = 0;
    let isFinished = false;
    const endless = defineHandler({
      type: 'endless',
      async *handle(_event, { signal }) {
        signal.addEventListener('abort', () => {
          firedAtMs = performance.now();
        });
        try {
          for (let n = 1; ; n += 1) {
            if (how === 'while it reads') await wait(1);
            yield { n, text: 'x'.repeat(1000) };
          }
        } finally {
          isFinished = true;
        }
      },
    });
    const port = await start([endless]);
    const client = await SseClient.open(port, { id: 1, type: 'endless' });
    await client.until(() => client.events.length > 2);
    if (how !== 'while it reads') {
      client.stopReading();
      await untilStill(() => gateway.counters.itemsSent);
    }
    const goneAtMs = performance.now();
    client.destroy();
    await expectConservation(gateway);
    expect(firedAtMs - goneAtMs).toBeLessThan(50);
    expect(isFinished).toBe(true);
    expect(Object.fromEntries(gateway.counters.failedBy)).toEqual({ cancelled: 1 });
  });

  it('leaves a hundred other streams alone', async () => {
    const port = await start([reportRows]);
    const open = () => SseClient.open(port, { id: 1, type: 'report.rows', data: { rows: 200 } });
    const clients = await Promise.all(Array.from({ length: 100 }, open));
    for (const client of clients.slice(0, 20)) client.destroy();
    await Promise.all(clients.slice(20).map((client) => client.ended()));
    for (const client of clients.slice(20)) expect(client.events.at(-1)?.data).toMatchObject({ op: 'end', n: 200 });
  });
});
