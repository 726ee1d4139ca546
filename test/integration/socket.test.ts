import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as article from '../../src/demo/article.js';
import * as basics from '../../src/demo/basics.js';
import * as market from '../../src/demo/market.js';
import * as shop from '../../src/demo/shop.js';
import type { Gateway } from '../../src/gateway.js';
import { errorCodes } from '../../src/protocol/error-codes.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

const demoHandlers = [basics, shop, market, article].flatMap((module) => Object.values(module));

let gateway: Gateway;
const clients: TestClient[] = [];

beforeAll(async () => {
  gateway = await startTestGateway(demoHandlers, {
    anonymous: { critical: true },
    pipelines: {
      default: { slots: 256, timeoutMs: 5000 },
      narrow: { slots: 1, timeoutMs: 5000 },
      brief: { slots: 4, timeoutMs: 50 },
    },
    routes: { 'position.update': { pipeline: 'narrow' }, never: { pipeline: 'brief' } },
  });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await expectConservation(gateway);
});

afterAll(() => gateway.close());

describe.each(['json', 'msgpack'] as const)('over %s', (encoding) => {
  const connect = async (options: { batch?: boolean; isSilent?: boolean } = {}): Promise<TestClient> => {
    const client = await TestClient.connect(gateway.port, { encoding, ...options });
    clients.push(client);
    return client;
  };

  it('welcomes a client with its session, its credit and the limits', async () => {
    const client = await connect();
    expect(client.frames[0]).toEqual({
      op: 'welcome',
      session: expect.stringMatching(/^s_[\w-]+$/),
      resumed: false,
      credit: 64,
      received: 0,
      keepAliveMs: 25_000,
      payloadBytesMax: 65_536,
      resumeMs: 0,
    });
  });

  it('takes any other first frame as an empty hello before it', async () => {
    const client = await connect({ isSilent: true });
    client.send({ op: 'event', id: 1, type: 'echo', data: 'first' });
    await client.outcome(1);
    expect(client.frames).toEqual([expect.objectContaining({ op: 'welcome' }), { op: 'end', id: 1, data: 'first' }]);
    client.send({ op: 'hello' });
    expect(await client.next(({ op }) => op === 'error')).toMatchObject({ code: 'failed_precondition', started: 'no' });
  });

  it.each([1, 0, 2 ** 53 - 1, 'an-id', 'é'])('answers an event under its id %j', async (id) => {
    const client = await connect();
    const data = { text: 'ünïcode 😀', list: [1, -2.5, null, true], deep: { a: { b: [] } } };
    expect(await client.request({ id, type: 'echo', data })).toEqual({ op: 'end', id, data });
  });

  it('keeps the ids 1 and "1" apart', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'sleep', data: { ms: 20 } });
    expect(await client.request({ id: '1', type: 'echo', data: 's' })).toEqual({ op: 'end', id: '1', data: 's' });
    expect(await client.outcome(1)).toEqual({ op: 'end', id: 1, data: { sleptMs: 20 } });
  });

  it('acknowledges an event early when asked to, and not without an id', async () => {
    const client = await connect();
    client.send({ op: 'event', type: 'echo', ack: true });
    client.send({ op: 'event', id: 1, type: 'sleep', ack: true, data: { ms: 10 } });
    await client.outcome(1);
    expect(client.frames.slice(1).map(({ op, id }) => [op, id])).toEqual([
      ['ack', 1],
      ['end', 1],
    ]);
  });

  it('refuses an id that is open without touching the open operation', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 7, type: 'sleep', data: { ms: 30 } });
    client.send({ op: 'event', id: 7, type: 'echo' });
    expect(await client.next(({ op }) => op === 'error')).toEqual({
      op: 'error',
      code: 'already_exists',
      message: expect.any(String),
      retry: 'no',
      started: 'no',
      details: { id: 7 },
    });
    expect(await client.outcome(7)).toMatchObject({ op: 'end' });
    expect(await client.request({ id: 7, type: 'echo', data: 'again' })).toBeDefined();
  });

  it('streams items in order, within credit, and ends with their number', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'count', data: { to: 10 }, credit: 3 });
    await client.next(({ n }) => n === 3);
    await client.request({ id: 2, type: 'echo' });
    expect(client.framesOf(1)).toHaveLength(3);
    client.send({ op: 'pull', id: 1, max: 5 });
    client.send({ op: 'pull', id: 1, max: 4 });
    await client.next(({ n }) => n === 5);
    await client.request({ id: 3, type: 'echo' });
    expect(client.framesOf(1)).toHaveLength(5);
    client.send({ op: 'pull', id: 1, max: 10 });
    expect(await client.outcome(1)).toEqual({ op: 'end', id: 1, n: 10 });
    expect(client.framesOf(1).slice(0, 10)).toEqual(
      Array.from({ length: 10 }, (_, i) => ({ op: 'item', id: 1, n: i + 1, data: i + 1 })),
    );
  });

  it('gives a stream 32 items of credit when its event names none', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'count', data: { to: 100 } });
    await client.next(({ n }) => n === 32);
    await client.request({ id: 2, type: 'echo' });
    expect(client.framesOf(1)).toHaveLength(32);
    client.send({ op: 'cancel', id: 1 });
    expect(await client.outcome(1)).toMatchObject({ code: 'cancelled', started: 'maybe', retry: 'no' });
  });

  it('tells by a gap what a stream dropped, before the first item after it', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'count', data: { to: 1000 }, credit: 1, overflow: 'drop' });
    await client.next(({ n }) => n === 1);
    await client.request({ id: 2, type: 'sleep', data: { ms: 30 } });
    client.send({ op: 'pull', id: 1, max: 1000 });
    await client.outcome(1);
    const [first, gap, next] = client.framesOf(1);
    expect(first).toMatchObject({ op: 'item', n: 1 });
    expect(gap).toEqual({ op: 'gap', id: 1, from: 2, to: 968, count: 967, reason: 'dropped' });
    expect(next).toMatchObject({ op: 'item', n: 969 });
  });

  it('cancels an event that waits, runs or has ended, the last in silence', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'sleep', data: { ms: 60_000 } });
    client.send({ op: 'cancel', id: 1 });
    expect(await client.outcome(1)).toEqual({
      op: 'error',
      id: 1,
      code: 'cancelled',
      message: expect.any(String),
      retry: 'no',
      started: 'maybe',
    });
    client.send({ op: 'cancel', id: 1 });
    client.send({ op: 'pull', id: 1, max: 1 });
    client.send({ op: 'cancel', id: 'never opened' });
    await client.request({ id: 2, type: 'echo' });
    expect(client.framesOf(1)).toHaveLength(1);
    expect(client.frames.filter(({ op }) => op === 'error')).toHaveLength(1);
  });

  it('answers pings with what they carry', async () => {
    const client = await connect();
    client.send({ op: 'ping', at: 12.5 });
    client.send({ op: 'ping', at: 'text' });
    client.send({ op: 'ping' });
    client.send({ op: 'pong' });
    await client.request({ id: 1, type: 'echo' });
    expect(client.frames.slice(1, 4)).toEqual([{ op: 'pong', at: 12.5 }, { op: 'pong', at: 'text' }, { op: 'pong' }]);
  });

  it('handles the frames of an array in order, and packs its own only for those who asked', async () => {
    const events = Array.from({ length: 256 }, (_, id) => ({
      op: 'event',
      type: 'echo',
      priority: 'critical',
      id,
      data: id,
    }));
    for (const batch of [false, true]) {
      const client = await connect({ batch });
      client.send(events);
      await client.outcome(255);
      const ends = client.frames.filter(({ op }) => op === 'end');
      expect(ends.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
      expect(Math.max(...client.messageSizes) > 1).toBe(batch);
    }
  });

  it.each([0, 257])('refuses an array of %d frames as a whole', async (length) => {
    const client = await connect();
    client.send(Array.from({ length }, (_, id) => ({ op: 'event', type: 'echo', id })));
    expect(await client.next(({ op }) => op === 'error')).toMatchObject({ code: 'invalid_argument' });
    await client.request({ id: 'after', type: 'echo' });
    expect(client.frames.filter(({ op }) => op === 'end')).toHaveLength(1);
  });

  it('refuses what it does not know or offer, and goes on', async () => {
    const client = await connect();
    client.send({ op: 'event', id: 1, type: 'no.such.type' });
    expect(await client.outcome(1)).toMatchObject({ code: 'not_found', started: 'no', retry: 'no' });
    client.send({ op: 'event', id: 2, type: 'not a type' });
    expect(await client.outcome(2)).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('type'),
    });
    client.send({ op: 'dance' });
    expect(await client.next(({ code }) => code === 'unimplemented')).toMatchObject({
      message: expect.stringContaining('dance'),
    });
    client.send({ op: 'subscribe', id: 3, topic: 'not a topic' });
    expect(await client.outcome(3)).toMatchObject({ code: 'invalid_argument' });
    expect(await client.request({ id: 4, type: 'echo', data: 1 })).toMatchObject({ op: 'end' });
  });

  it.each(Object.keys(errorCodes))('hands on a handler’s own failure %s with its message', async (code) => {
    const client = await connect();
    expect(await client.request({ id: 1, type: 'fail', data: { code, message: 'as told' } })).toMatchObject({
      op: 'error',
      code,
      message: 'as told',
      started: 'maybe',
    });
  });

  it('hides the text of an unknown error', async () => {
    const client = await connect();
    const failed = await client.request({ id: 1, type: 'fail', data: { message: 'secret' } });
    expect(failed).toMatchObject({ code: 'internal', started: 'maybe', retry: 'no' });
    expect(JSON.stringify(failed)).not.toContain('secret');
  });

  it('ends an event whose handler never settles when its time is over', async () => {
    const client = await connect();
    expect(await client.request({ id: 1, type: 'never' })).toMatchObject({
      code: 'deadline_exceeded',
      started: 'maybe',
    });
  });

  it('tells of refused events without an id together, once a second', async () => {
    const client = await connect();
    for (let i = 0; i < 10; i += 1) client.send({ op: 'event', type: 'no.such.type' });
    const first = await client.next(({ op }) => op === 'error');
    expect(first).toMatchObject({ code: 'not_found', details: { refused: 1 } });
    expect(first).not.toHaveProperty('id');
    const second = await client.next(({ details }) => (details as { refused?: number } | undefined)?.refused === 9);
    expect(second).toMatchObject({ code: 'not_found' });
  });
});

describe('a session that ends', () => {
  it('cancels what it had open, firing the handlers’ signals within 50 ms', async () => {
    const { defineHandler } = await import('../../src/index.js');
    const aborted: number[] = [];
    const own = await startTestGateway([
      defineHandler({
        type: 'wait',
        handle: (_event, { signal }) =>
          new Promise(() => signal.addEventListener('abort', () => aborted.push(performance.now()))),
      }),
    ]);
    const client = await TestClient.connect(own.port);
    for (let id = 0; id < 5; id += 1) client.send({ op: 'event', id, type: 'wait', ack: true });
    await client.next(({ op, id }) => op === 'ack' && id === 4);
    const closedAtMs = performance.now();
    client.socket.terminate();
    await expectConservation(own);
    expect(aborted).toHaveLength(5);
    expect(Math.max(...aborted) - closedAtMs).toBeLessThan(50);
    expect(own.counters.undelivered).toBe(5);
    own.close();
  });
});
