/** The circuit breaker of a handler, as clients and operators see it. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, HandlerError } from '../../src/index.js';
import { post } from '../support/http-post.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, type Logged, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let lines: Logged[];

const start = async (handlers: readonly unknown[], parts: Record<string, unknown> = {}): Promise<Gateway> => {
  lines = [];
  gateway = await startTestGateway(handlers, parts, lines);
  return gateway;
};

afterEach(() => gateway.close());

/** A handler that fails while it is told to. */
function flaky() {
  const state = { isIll: false, calls: 0 };
  const handler = defineHandler({
    type: 'flaky',
    handle({ data }) {
      state.calls += 1;
      if (state.isIll || data === 'poison') throw new Error('the database is gone');
      if (data === 'wrong') throw new HandlerError('invalid_argument', 'not like this');
      return data;
    },
  });
  return { state, handler };
}

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
};

describe('the circuit of a handler', () => {
  const breaker = { callsMin: 10, openMs: 150, probeMs: 50, windowMs: 1000 };

  it('opens when it fails again and again, tells when to come, and closes with the first call that is well', async () => {
    const { state, handler } = flaky();
    await start([handler, echo], { breaker });
    const client = await TestClient.connect(gateway.port);
    state.isIll = true;
    for (let id = 0; id < 10; id += 1) await client.request({ id, type: 'flaky' });
    const calls = state.calls;
    const refused = await client.request({ id: 'refused', type: 'flaky' });
    expect(refused).toMatchObject({ code: 'unavailable', started: 'no', retry: 'backoff' });
    expect(state.calls).toBe(calls);
    expect(await metric('sluice_handler_circuit{type="flaky"}')).toBe(2);
    // Others are none of its business.
    expect(await client.request({ id: 'other', type: 'echo' })).toMatchObject({ op: 'end' });
    state.isIll = false;
    await wait(refused.afterMs as number);
    expect(await client.request({ id: 'probe', type: 'flaky', data: 1 })).toMatchObject({ op: 'end' });
    expect(await client.request({ id: 'after', type: 'flaky', data: 2 })).toMatchObject({ op: 'end' });
    expect(lines.flatMap(({ type, state: circuit }) => (type === 'flaky' && circuit ? [circuit] : []))).toEqual([
      'open',
      'half-open',
      'closed',
    ]);
    await client.close();
    await expectConservation(gateway);
  });

  it('ends what waits when it opens, unseen by the handler', async () => {
    const ill = defineHandler({
      type: 'ill',
      async handle() {
        await wait(2);
        throw new Error('the database is gone');
      },
    });
    await start([ill], { breaker, pipelines: { default: { slots: 1 } } });
    const client = await TestClient.connect(gateway.port);
    for (let id = 0; id < 40; id += 1) client.send({ op: 'event', id, type: 'ill' });
    const outcomes = await Promise.all(Array.from({ length: 40 }, (_, id) => client.outcome(id)));
    const codes = outcomes.map(({ code, started }) => `${code}/${started}`);
    expect(codes.filter((code) => code === 'internal/maybe')).toHaveLength(10);
    expect(codes.filter((code) => code === 'unavailable/no')).toHaveLength(30);
    await client.close();
    await expectConservation(gateway);
  });

  it('opens for streams that break before their first item', async () => {
    const broken = defineHandler({
      type: 'broken',
      // biome-ignore lint/correctness/useYield: it breaks before it could
      async *handle() {
        throw new Error('the database is gone');
      },
    });
    await start([broken], { breaker });
    const clients = await Promise.all([1, 2, 3].map(() => TestClient.connect(gateway.port)));
    const codes: unknown[] = [];
    for (let id = 0; id < 10; id += 1) {
      for (const client of clients) codes.push((await client.request({ id, type: 'broken' })).code);
    }
    expect(codes.slice(0, 10)).toEqual(new Array(10).fill('internal'));
    expect(codes.slice(10)).toEqual(new Array(20).fill('unavailable'));
    await Promise.all(clients.map((client) => client.close()));
  });

  it('is asked before an event is tried again, too', async () => {
    let calls = 0;
    const again = defineHandler({
      type: 'again',
      retry: { attempts: 100, minMs: 5, maxMs: 5 },
      handle() {
        calls += 1;
        throw new HandlerError('unavailable', 'not now', { temporary: true });
      },
    });
    await start([again], { breaker: { ...breaker, openMs: 10_000 } });
    const client = await TestClient.connect(gateway.port);
    expect(await client.request({ id: 1, type: 'again' })).toMatchObject({ code: 'unavailable', started: 'maybe' });
    expect(calls).toBe(10);
    await client.close();
  });

  it('opens for a handler that hangs, too', async () => {
    const hung = defineHandler({ type: 'hung', timeoutMs: 20, handle: () => new Promise(() => undefined) });
    await start([hung], { breaker });
    const client = await TestClient.connect(gateway.port);
    for (let id = 0; id < 10; id += 1) client.send({ op: 'event', id, type: 'hung' });
    for (let id = 0; id < 10; id += 1) expect(await client.outcome(id)).toMatchObject({ code: 'deadline_exceeded' });
    expect(await client.request({ id: 'x', type: 'hung' })).toMatchObject({ code: 'unavailable', started: 'no' });
    await client.close();
  });

  it('does not open for what clients do wrong, nor for one client among others who do not', async () => {
    const { handler } = flaky();
    await start([handler], { breaker });
    const [wrong, poisoner, good] = await Promise.all([1, 2, 3].map(() => TestClient.connect(gateway.port)));
    for (let id = 0; id < 50; id += 1) {
      await good?.request({ id, type: 'flaky', data: 'fine' });
      await wrong?.request({ id, type: 'flaky', data: 'wrong' });
      await poisoner?.request({ id, type: 'flaky', data: 'poison' });
      await poisoner?.request({ id: `more-${id}`, type: 'flaky', data: 'poison' });
    }
    expect(good?.frames.filter(({ op }) => op === 'error')).toEqual([]);
    await Promise.all([wrong, poisoner, good].map((client) => client?.close()));
  });

  it('opens for requests over HTTP, and closes with one that is well', async () => {
    const { state, handler } = flaky();
    await start([handler], { breaker });
    for (let i = 0; i < 5; i += 1)
      expect(await post(gateway.port, { type: 'flaky', data: i })).toMatchObject({ status: 200 });
    state.isIll = true;
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) statuses.push((await post(gateway.port, { type: 'flaky' })).status);
    expect(new Set(statuses)).toEqual(new Set([500, 503]));
    const refused = await post(gateway.port, { type: 'flaky' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable', started: 'no' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    state.isIll = false;
    await wait((refused.body as { afterMs: number }).afterMs + breaker.probeMs);
    expect(await post(gateway.port, { type: 'flaky', data: 'well' })).toMatchObject({ status: 200 });
    await expectConservation(gateway);
  });

  it('is not left waiting for a probe that was cancelled before its batch was full', async () => {
    const state = { isIll: true };
    const batched = defineHandler({
      type: 'batched',
      batch: { size: 2, waitMs: 50 },
      handle(events) {
        if (state.isIll) throw new Error('the database is gone');
        return events.map(() => 'well');
      },
    });
    await start([batched], { breaker: { ...breaker, probes: 2 } });
    const [client, other] = [await TestClient.connect(gateway.port), await TestClient.connect(gateway.port)];
    for (let id = 0; id < 10; id += 1) client.send({ op: 'event', id, type: 'batched' });
    for (let id = 0; id < 10; id += 1) await client.outcome(id);
    state.isIll = false;
    const refused = await other.request({ id: 'refused', type: 'batched' });
    await wait((refused.afterMs as number) + breaker.probeMs);
    other.send({ op: 'event', id: 'gone', type: 'batched' });
    other.send({ op: 'cancel', id: 'gone' });
    expect(await other.outcome('gone')).toMatchObject({ code: 'cancelled', started: 'no' });
    const probe = async (id: string): Promise<Frame> => {
      for (;;) {
        other.send({ op: 'event', id, type: 'batched' });
        other.send({ op: 'event', id: `${id}-too`, type: 'batched' });
        const [answer] = await Promise.all([other.outcome(id), other.outcome(`${id}-too`)]);
        if (answer.op === 'end') return answer;
        await wait(answer.afterMs as number);
        id += '+';
      }
    };
    expect(await probe('again')).toMatchObject({ data: 'well' });
    await Promise.all([client.close(), other.close()]);
  });

  it('is not there where a route says so', async () => {
    const { state, handler } = flaky();
    await start([handler], { breaker, routes: { flaky: { breaker: false } } });
    const client = await TestClient.connect(gateway.port);
    state.isIll = true;
    for (let id = 0; id < 30; id += 1)
      expect(await client.request({ id, type: 'flaky' })).toMatchObject({ code: 'internal' });
    await client.close();
  });
});
