/** A graceful stop: nothing new is taken, nothing accepted is lost, and it ends in time. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { count, echo, never } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { post } from '../support/http-post.js';
import { SseClient } from '../support/sse-client.js';
import { TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;

const start = async (handlers: readonly unknown[] = [], parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  const work = defineHandler({ type: 'work', handle: works.handle });
  gateway = await startTestGateway([work, echo, count, never, ...handlers], parts);
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

const statusOf = async (port: number, path: string): Promise<number> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  await response.arrayBuffer();
  return response.status;
};

/** The status an upgrade is refused with. */
const upgradeStatus = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, 'sluice.v1.json');
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    socket.on('open', () => resolve(101));
    socket.on('error', () => undefined);
  });

const isGoaway = ({ op }: { readonly op: string }): boolean => op === 'goaway';

describe('a gateway that drains', () => {
  it('says so at once, keeps its port to the end, refuses upgrades, and is gone after', async () => {
    const port = await start();
    const client = await TestClient.connect(port);
    client.send({ op: 'event', id: 1, type: 'work', data: 'slow' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    for (const each of [port, gateway.adminPort]) expect(await statusOf(each, '/readyz')).toBe(200);
    let isDrained = false;
    const drained = gateway.drain().then(() => {
      isDrained = true;
    });
    for (const each of [port, gateway.adminPort]) {
      expect(await statusOf(each, '/readyz')).toBe(503);
      expect(await statusOf(each, '/healthz')).toBe(200);
    }
    expect(await statusOf(gateway.adminPort, '/metrics')).toBe(200);
    expect(await upgradeStatus(port)).toBe(503);
    expect(await isListening(port)).toBe(true);
    expect(isDrained).toBe(false);
    works.get('slow').end('done');
    expect(await client.outcome(1)).toMatchObject({ data: 'done' });
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
    await drained;
    expect(await isListening(port)).toBe(false);
    expect(await isListening(gateway.adminPort)).toBe(false);
    expect(gateway.inUse()).toMatchObject({ sessions: 0, credit: 0 });
  });

  it('refuses new events as unavailable and says when to try again, over sockets and HTTP', async () => {
    const port = await start([], { anonymous: { critical: true } });
    const client = await TestClient.connect(port);
    client.send({ op: 'event', id: 'first', type: 'work', data: 'first' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    void gateway.drain();
    await client.next(isGoaway);
    const unavailable = { code: 'unavailable', retry: 'backoff', afterMs: expect.any(Number), started: 'no' };
    expect(await client.request({ id: 1, type: 'echo' })).toMatchObject({ op: 'error', ...unavailable });
    expect(await client.request({ id: 2, type: 'echo', priority: 'critical' })).toMatchObject(unavailable);
    client.send({ op: 'event', type: 'echo' });
    expect(await client.next(({ op, id }) => op === 'error' && id === undefined)).toMatchObject(unavailable);
    const { status, headers, body } = await post(port, { type: 'echo' });
    expect([status, body]).toMatchObject([503, unavailable]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    client.send({ op: 'ping', at: 1 });
    expect(await client.next(({ op }) => op === 'pong')).toEqual({ op: 'pong', at: 1 });
    client.send({ op: 'cancel', id: 'first' });
    expect(await client.outcome('first')).toMatchObject({ code: 'cancelled' });
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
  });

  it('finishes what runs and what waits, over sockets, requests and streams, then closes', async () => {
    const port = await start([], { pipelines: { default: { slots: 4 } } });
    const client = await TestClient.connect(port);
    for (let id = 0; id < 8; id += 1) client.send({ op: 'event', id, type: 'work', data: id });
    client.send({ op: 'event', id: 'stream', type: 'count', data: { to: 50 }, credit: 10 });
    client.send({ op: 'event', type: 'work', data: 'unanswered' });
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ busy: 4, waiting: 6 }));
    const requested = post(port, { type: 'work', data: 'request' });
    const streamed = SseClient.open(port, { id: 1, type: 'count', data: { to: 100 } });
    await vi.waitFor(() => expect(gateway.inUse().events).toBe(12));
    const drained = gateway.drain();
    await client.next(isGoaway);
    let isOver = false;
    const ending = (async () => {
      for (let next = 0; !isOver; await wait(1)) {
        for (; next < works.all.length; next += 1) works.all[next]?.end(`done ${works.names[next]}`);
      }
    })();
    await client.next(({ n }) => n === 10);
    client.send({ op: 'pull', id: 'stream', max: 50 });
    const [answer, events] = await Promise.all([requested, streamed]);
    expect(answer).toMatchObject({ status: 200, body: 'done request' });
    await events.ended();
    expect(events.events.at(-1)).toMatchObject({ event: 'end', data: { n: 100 } });
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
    await drained;
    isOver = true;
    await ending;
    for (let id = 0; id < 8; id += 1) expect(client.framesOf(id)).toEqual([{ op: 'end', id, data: `done ${id}` }]);
    expect(client.framesOf('stream').at(-1)).toEqual({ op: 'end', id: 'stream', n: 50 });
    expect(gateway.counters).toMatchObject({ failed: 0, undelivered: 0 });
  });

  it('tells each client its own slot, spread over the time, and when it will be closed at the latest', async () => {
    const port = await start([], { drain: { deadlineMs: 2000, spreadMs: 1000 } });
    const clients = await Promise.all(Array.from({ length: 20 }, () => TestClient.connect(port)));
    clients[0]?.send({ op: 'event', id: 1, type: 'work', data: 'slow' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    void gateway.drain();
    const goaways = await Promise.all(clients.map((client) => client.next(isGoaway)));
    for (const goaway of goaways) {
      expect(goaway).toEqual({ op: 'goaway', afterMs: expect.any(Number), untilMs: expect.any(Number) });
    }
    const slots = goaways.map(({ afterMs }) => afterMs as number).sort((a, b) => a - b);
    // Each has a slot of its own, and none lies beyond the spread.
    expect(new Set(slots).size).toBe(20);
    expect(slots[0]).toBeGreaterThanOrEqual(0);
    expect(slots.at(-1)).toBeLessThanOrEqual(1000);
    for (const { untilMs } of goaways) expect(untilMs).toBe(2000);
    works.get('slow').end();
    for (const client of clients) expect(await client.untilClosed()).toMatchObject({ code: 4200 });
  });

  it('welcomes first: a client that has said nothing yet gets no goaway before its welcome', async () => {
    const port = await start();
    const [busy, silent] = [await TestClient.connect(port), await TestClient.connect(port, { isSilent: true })];
    busy.send({ op: 'event', id: 1, type: 'work', data: 'slow' });
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    void gateway.drain();
    await busy.next(isGoaway);
    silent.send({ op: 'hello' });
    await silent.next(({ op }) => op === 'welcome');
    expect(silent.frames[0]?.op).toBe('welcome');
    works.get('slow').end();
    expect(await silent.untilClosed()).toMatchObject({ code: 4200 });
  });

  it('closes at once when there is nothing to wait for, and is one drain however often it is asked', async () => {
    const port = await start();
    const client = await TestClient.connect(port);
    const startedAtMs = performance.now();
    await Promise.all([gateway.drain(), gateway.drain()]);
    expect(performance.now() - startedAtMs).toBeLessThan(500);
    expect(await client.untilClosed()).toMatchObject({ code: 4200, reason: expect.stringMatching(/./) });
    expect(client.frames.map(({ op }) => op)).toEqual(['welcome', 'goaway']);
    await gateway.drain();
  });

  it('ends at its deadline though a handler never does, and closes with 4200', async () => {
    const port = await start([], { drain: { deadlineMs: 150 }, pipelines: { default: { timeoutMs: 1000 } } });
    const client = await TestClient.connect(port);
    client.send({ op: 'event', id: 1, type: 'never', ack: true });
    await client.next(({ op }) => op === 'ack');
    const startedAtMs = performance.now();
    await gateway.drain();
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(140);
    expect(tookMs).toBeLessThan(1400);
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
    expect(await isListening(port)).toBe(false);
  });

  it('answers the requests that are left at its deadline as unavailable, and says whether they were begun', async () => {
    const parts = { drain: { deadlineMs: 150 }, pipelines: { default: { slots: 2, timeoutMs: 5000 } } };
    const port = await start([], parts);
    const stream = await SseClient.open(port, { type: 'count', data: { to: 1000, everyMs: 20 } });
    const running = post(port, { type: 'never' });
    await vi.waitFor(() => expect(gateway.inUse().busy).toBe(2));
    const waiting = post(port, { type: 'echo' });
    await vi.waitFor(() => expect(gateway.inUse().waiting).toBe(1));
    await gateway.drain();
    expect(await running).toMatchObject({ status: 503, body: { code: 'unavailable', started: 'maybe' } });
    expect(await waiting).toMatchObject({ status: 503, body: { code: 'unavailable', started: 'no' } });
    expect(stream.events.at(-1)).toMatchObject({ event: 'error', data: { code: 'unavailable', started: 'maybe' } });
  });
});

describe('a client that reads slowly while the gateway drains', () => {
  const large = 'x'.repeat(16_000_000);
  const parts = {
    session: { outboxBytesMax: 64_000_000 },
    reply: { bytesMax: 32_000_000 },
    drain: { deadlineMs: 10_000 },
  };

  it('gets its last replies on a socket before the close', async () => {
    const port = await start([], parts);
    const client = await TestClient.connect(port);
    for (const id of [1, 2]) client.send({ op: 'event', id, type: 'work', data: id });
    await vi.waitFor(() => expect(works.all).toHaveLength(2));
    client.socket.pause();
    const drained = gateway.drain();
    for (const work of works.all) work.end(large);
    await vi.waitFor(() => expect(gateway.inUse().events).toBe(0));
    for (let i = 0; i < 10; i += 1) await wait(10);
    client.socket.resume();
    const got = () => client.frames.filter(({ op }) => op === 'end').map(({ id, data }) => [id, data === large]);
    await vi.waitFor(() => expect(got()).toHaveLength(2), 4000);
    expect(got()).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
    await drained;
  });

  it('gets the whole answer to its request', async () => {
    const port = await start([], parts);
    const headers = { 'content-type': 'application/json' };
    const sent = request({ port, method: 'POST', path: '/v1/events', headers, agent: false });
    sent.end('{"type":"work","data":"w"}');
    await vi.waitFor(() => expect(works.all).toHaveLength(1));
    const responded = once(sent, 'response') as Promise<[IncomingMessage]>;
    const drained = gateway.drain();
    works.get('w').end(large);
    const [response] = await responded;
    for (let i = 0; i < 10; i += 1) await wait(10);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    expect([response.statusCode, bytes]).toEqual([200, large.length + 2]);
    await drained;
  });

  it('gets its stream of server-sent events to the end', async () => {
    const rows = defineHandler({
      type: 'rows',
      async *handle() {
        for (let n = 1; n <= 12_000; n += 1) yield 'x'.repeat(1000);
      },
    });
    const port = await start([rows], parts);
    const client = await SseClient.open(port, { id: 1, type: 'rows' });
    await client.until(() => client.events.length > 0);
    client.stopReading();
    const drained = gateway.drain();
    for (let i = 0; i < 10; i += 1) await wait(10);
    client.readOn();
    await client.ended();
    expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { n: 12_000 } });
    await drained;
  });
});
