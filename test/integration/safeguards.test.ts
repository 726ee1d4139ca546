/** Limits, pressure and the watch over the event loop, as clients and operators see them. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echo, never } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { type HttpAnswer, post } from '../support/http-post.js';
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

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
};

describe('a limit of events in a second', () => {
  it('refuses what is beyond it, and whoever waits as long as told finds room at the first try', async () => {
    await start([echo], {
      limits: { sessionPerS: 100, burstMs: 500 },
      window: { initial: 128 },
    });
    const client = await TestClient.connect(gateway.port);
    const retries: Promise<Frame>[] = [];
    for (let id = 0; id < 120; id += 1) {
      client.send({ op: 'event', id, type: 'echo' });
    }
    const firsts = await Promise.all(Array.from({ length: 120 }, (_, id) => client.outcome(id)));
    const refused = firsts.filter(({ op }) => op === 'error');
    expect(refused.length).toBeGreaterThanOrEqual(40);
    for (const [index, { code, reason, retry, started, afterMs }] of refused.entries()) {
      expect({ code, reason, retry, started }).toEqual({
        code: 'resource_exhausted',
        reason: 'rate',
        retry: 'backoff',
        started: 'no',
      });
      retries.push(
        wait(afterMs as number).then(() => client.request({ id: `again-${index}`, type: 'echo', data: index })),
      );
    }
    const outcomes = await Promise.all(retries);
    expect(outcomes.filter(({ op }) => op !== 'end')).toEqual([]);
    await client.close();
    await expectConservation(gateway);
  });

  it('holds for a tenant over HTTP, where it is an address, and says so in Retry-After', async () => {
    await start([echo], { limits: { tenantPerS: 1, burstMs: 5000 } });
    const statuses: number[] = [];
    let last: HttpAnswer | undefined;
    for (let i = 0; i < 8; i += 1) {
      last = await post(gateway.port, { type: 'echo' });
      statuses.push(last.status);
    }
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(6);
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await expectConservation(gateway);
  });
});

describe('other limits', () => {
  it('keep a session from having more than so many events open', async () => {
    await start([echo, never], { limits: { openMax: 3 } });
    const client = await TestClient.connect(gateway.port);
    for (let id = 0; id < 3; id += 1) client.send({ op: 'event', id, type: 'never' });
    expect(await client.request({ id: 'x', type: 'echo' })).toMatchObject({
      code: 'resource_exhausted',
      reason: 'rate',
      started: 'no',
    });
    client.send({ op: 'cancel', id: 0 });
    await client.outcome(0);
    expect(await client.request({ id: 'y', type: 'echo' })).toMatchObject({ op: 'end' });
    await client.close();
    await expectConservation(gateway);
  });

  it('close sessions of an address that has as many as it may, and let one in when another has gone', async () => {
    await start([echo], { limits: { addressSessionsMax: 2 } });
    const [first, second] = [await TestClient.connect(gateway.port), await TestClient.connect(gateway.port)];
    const third = await TestClient.connect(gateway.port, { isSilent: true });
    expect(await third.untilClosed()).toMatchObject({ code: 4100 });
    await first.close();
    const fourth = await TestClient.connect(gateway.port);
    await Promise.all([second.close(), fourth.close()]);
    expect(gateway.inUse().sessions).toBe(0);
  });

  it('close new sessions that come too fast, with the time to wait', async () => {
    await start([echo], { limits: { connectsPerS: 2, burstMs: 1000 } });
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => TestClient.connect(gateway.port, { isSilent: true })),
    );
    await vi.waitFor(() => expect(clients.filter(({ closed }) => closed !== undefined).length).toBeGreaterThan(4));
    const closed = clients.flatMap(({ closed: one }) => (one === undefined ? [] : [one]));
    expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([4101]));
    const waitMs = Math.min(...closed.map(({ reason }) => Number(/in (\d+) ms/.exec(reason)?.[1])));
    await wait(waitMs);
    await (await TestClient.connect(gateway.port)).close();
  });
});

describe('a handler that keeps the event loop busy', () => {
  const spin = (ms: number) => {
    const untilMs = performance.now() + ms;
    while (performance.now() < untilMs);
  };
  const busy = defineHandler({ type: 'busy', handle: () => spin(120) });
  const busyLater = defineHandler({
    type: 'busy.later',
    async handle() {
      await wait(5);
      spin(120);
    },
  });
  const busySteps = defineHandler({
    type: 'busy.steps',
    async *handle() {
      yield 1;
      spin(120);
      yield 2;
    },
  });

  it.each(['busy', 'busy.later', 'busy.steps'])('is named in the log, and others are not: %s', async (type) => {
    await start([busy, busyLater, busySteps, echo]);
    const client = await TestClient.connect(gateway.port);
    await client.request({ id: 0, type: 'echo' });
    await client.request({ id: 1, type });
    await client.request({ id: 2, type: 'echo' });
    await vi.waitFor(() => expect(lines.map((line) => line.type)).toContain(type));
    const named = lines.filter(({ msg }) => msg === 'a handler kept the event loop busy');
    expect(named.map((line) => line.type)).toEqual([type]);
    expect(named[0]?.ms).toBeGreaterThanOrEqual(100);
    await client.close();
  });
});

describe('pressure', () => {
  it('turns away stage by stage as bytes fill up, says so once each, and lets all in again', async () => {
    const works: (() => void)[] = [];
    const hold = defineHandler({ type: 'hold', handle: () => new Promise<void>((resolve) => works.push(resolve)) });
    await start([hold, echo], {
      anonymous: { critical: true },
      budget: { bytes: 100_000 },
      pressure: { everyMs: 10, riseMs: 10, fallMs: 20, bytesPercent: 50, bytesPercentMax: 90 },
    });
    const client = await TestClient.connect(gateway.port);
    const ask = async (id: string, fields: object = {}) => {
      const { op, reason, code } = await client.request({ id, type: 'echo', ...fields });
      return op === 'end' ? 'end' : `${code}/${reason}`;
    };
    // Each of these counts for about 10,000 bytes.
    const fill = (id: number) => client.send({ op: 'event', id, type: 'hold', data: 'x'.repeat(10_000) });
    const stage = (least: number) =>
      vi.waitFor(async () => expect(await metric('sluice_pressure_stage')).toBeGreaterThanOrEqual(least));
    for (let id = 0; id < 6; id += 1) fill(id);
    await stage(2);
    expect(await ask('low', { priority: 'low' })).toBe('resource_exhausted/memory');
    expect(await ask('normal')).toBe('end');
    for (let id = 6; id < 7; id += 1) fill(id);
    await stage(3);
    expect(await ask('stream', { credit: 1 })).toBe('resource_exhausted/memory');
    for (let id = 7; id < 8; id += 1) fill(id);
    await stage(4);
    expect(await ask('normal-2')).toBe('resource_exhausted/memory');
    expect(await ask('critical', { priority: 'critical' })).toBe('end');
    client.send({ op: 'event', id: 'last', type: 'hold', priority: 'critical', data: 'x'.repeat(10_000) });
    await stage(5);
    const late = await TestClient.connect(gateway.port, { isSilent: true });
    expect(await late.untilClosed()).toMatchObject({ code: 4100 });
    for (const end of works) end();
    await vi.waitFor(async () => expect(await metric('sluice_pressure_stage')).toBe(0), { timeout: 5000 });
    expect(await ask('low-2', { priority: 'low' })).toBe('end');
    const stages = lines.flatMap(({ stage: now, was }) => (typeof now === 'number' ? [[was, now]] : []));
    for (const [was, now] of stages) expect(was).not.toBe(now);
    expect(stages.at(-1)?.[1]).toBe(0);
    await client.close();
    await expectConservation(gateway);
  });
});
