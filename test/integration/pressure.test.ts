/** What a gateway must bear: many at once, more than it can take, and clients that do not play by the rules. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { echo, respond } from '../../src/demo/basics.js';
import { reportRows } from '../../src/demo/shop.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { heapBytes } from '../support/heap.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

const start = async (handlers: readonly unknown[], parts: Record<string, unknown> = {}): Promise<Gateway> => {
  gateway = await startTestGateway(handlers, parts);
  return gateway;
};

afterEach(() => gateway.close());

const connectMany = (count: number): Promise<TestClient[]> =>
  Promise.all(Array.from({ length: count }, () => TestClient.connect(gateway.port)));

const closeAll = async (clients: readonly TestClient[]): Promise<void> => {
  await Promise.all(clients.map((client) => client.close()));
  await expectConservation(gateway);
};

/** Sends events as fast as credit allows. @returns their outcomes */
async function sendWithinCredit(
  client: TestClient,
  count: number,
  fields: (id: number) => Record<string, unknown>,
): Promise<void> {
  let sent = 0;
  while (sent < count) {
    const allowed = await client.until(() => (client.creditMax > sent ? client.creditMax : undefined));
    for (; sent < Math.min(count, allowed); sent += 1) client.send({ op: 'event', id: sent, ...fields(sent) });
  }
}

const outcomes = (client: TestClient) => client.frames.filter(({ op }) => op === 'end' || op === 'error');

describe('many at once', () => {
  it('1,000 requests that take a second each are done in about a second, while echo stays fast', async () => {
    await start([respond, echo], { pipelines: { default: { slots: 2048 } } });
    const clients = await connectMany(20);
    const other = await TestClient.connect(gateway.port);
    const startedAtMs = performance.now();
    for (const client of clients) {
      for (let id = 0; id < 50; id += 1) client.send({ op: 'event', id, type: 'respond', data: { request: `${id}` } });
    }
    const echoMs: number[] = [];
    let isDone = false;
    const echoing = (async () => {
      for (let id = 0; !isDone; id += 1) {
        const sentAtMs = performance.now();
        await other.request({ id, type: 'echo', data: id });
        echoMs.push(performance.now() - sentAtMs);
        await wait(5);
      }
    })();
    await Promise.all(clients.map((client) => client.until(() => (outcomes(client).length === 50 ? true : undefined))));
    const tookMs = performance.now() - startedAtMs;
    isDone = true;
    await echoing;
    expect(tookMs).toBeGreaterThan(990);
    expect(tookMs).toBeLessThan(1800);
    echoMs.sort((a, b) => a - b);
    expect(echoMs[Math.floor(echoMs.length / 2)]).toBeLessThan(20);
    for (const client of clients) {
      const answers = outcomes(client).map(({ id, data }) => [id, data]);
      expect(answers).toHaveLength(50);
      for (const [id, data] of answers) expect(data).toBe(`Response to ${id}`);
    }
    await closeAll([...clients, other]);
  });

  it('10,000 events against 8 slots within credit: nothing refused, nothing lost', async () => {
    let running = 0;
    let runningMax = 0;
    const work = defineHandler({
      type: 'work',
      async handle({ data }) {
        running += 1;
        runningMax = Math.max(runningMax, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return data;
      },
    });
    await start([work], { pipelines: { default: { slots: 8 } } });
    const clients = await connectMany(10);
    await Promise.all(clients.map((client) => sendWithinCredit(client, 1000, (id) => ({ type: 'work', data: id }))));
    await Promise.all(
      clients.map((client) => client.until(() => (outcomes(client).length >= 1000 ? true : undefined))),
    );
    for (const client of clients) {
      const ends = outcomes(client);
      expect(ends.filter(({ op }) => op === 'error')).toEqual([]);
      expect(new Set(ends.map(({ id }) => id)).size).toBe(1000);
      expect(ends.every(({ id, data }) => id === data)).toBe(true);
    }
    expect(runningMax).toBe(8);
    expect(gateway.counters.refused).toBe(0);
    await closeAll(clients);
  });
});

describe('a client that ignores its credit', () => {
  it('is refused, then closed with 4013, while others go on unhurt', async () => {
    const slow = defineHandler({ type: 'slow', handle: () => wait(20) });
    await start([slow, echo], {
      pipelines: { default: { slots: 8 }, other: { slots: 8 } },
      routes: { echo: { pipeline: 'other' } },
    });
    const rude = await TestClient.connect(gateway.port);
    const polite = await TestClient.connect(gateway.port);
    for (let id = 0; id < 10_000; id += 1) rude.send({ op: 'event', id, type: 'slow' });
    const echoMs: number[] = [];
    for (let id = 0; id < 20; id += 1) {
      const sentAtMs = performance.now();
      await polite.request({ id, type: 'echo' });
      echoMs.push(performance.now() - sentAtMs);
    }
    expect(await rude.untilClosed()).toMatchObject({ code: 4013 });
    const refused = rude.frames.filter(({ code }) => code === 'resource_exhausted');
    expect(refused.length).toBeGreaterThanOrEqual(255);
    for (const frame of refused) {
      expect(frame).toMatchObject({ reason: 'credit', started: 'no', retry: 'backoff', afterMs: expect.any(Number) });
    }
    echoMs.sort((a, b) => a - b);
    expect(echoMs[10]).toBeLessThan(50);
    await closeAll([polite]);
  });

  it('without ids is told how many were refused, and closed just the same', async () => {
    await start([echo]);
    const rude = await TestClient.connect(gateway.port, { isSilent: true });
    for (let i = 0; i < 8; i += 1) rude.send(Array.from({ length: 256 }, () => ({ op: 'event', type: 'echo' })));
    expect(await rude.untilClosed()).toMatchObject({ code: 4013 });
    expect(rude.frames.filter(({ op }) => op === 'error').length).toBeLessThanOrEqual(2);
    await expectConservation(gateway);
  });
});

describe('a socket that floods', () => {
  it.each([
    { name: 'small frames', frame: JSON.stringify({ op: 'event', id: 1, type: 'echo', pad: 'x'.repeat(40) }) },
    { name: 'pings', frame: JSON.stringify({ op: 'ping' }) },
    { name: 'critical events', frame: JSON.stringify({ op: 'event', type: 'echo', priority: 'critical' }) },
    {
      name: 'large frames',
      frame: JSON.stringify({ op: 'event', id: 1, type: 'echo', data: [...'x'.repeat(15_000)] }),
    },
  ])('with $name stops no timer for longer than 50 ms and is closed with a code', async ({ frame }) => {
    await start([echo], { anonymous: { critical: true } });
    // The machine may be busy with other things: its delays only ever add, so the best of three runs counts.
    const gapsMs: number[] = [];
    for (let run = 0; run < 3; run += 1) gapsMs.push(await largestGapMs(() => flood(frame)));
    const codes = [...gateway.counters.closedBy.keys()];
    expect(codes.every((code) => [4101, 4013, 4108].includes(code))).toBe(true);
    expect(gateway.counters.sessionsClosed).toBe(3);
    expect(Math.min(...gapsMs)).toBeLessThan(50);
    await expectConservation(gateway);
  });
});

/** Floods from a process of its own until the gateway closes the connection. */
async function flood(frame: string): Promise<void> {
  const flooder = spawn(process.execPath, ['test/support/flooder.mjs', String(gateway.port), frame], {
    stdio: 'inherit',
  });
  const [code] = (await once(flooder, 'exit')) as [number];
  expect(code).toBe(0);
}

/** How much later than it should a timer of 5 ms fires, at worst, while something goes on. */
async function largestGapMs(during: () => Promise<void>): Promise<number> {
  let largestMs = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    largestMs = Math.max(largestMs, nowMs - lastMs - 5);
    lastMs = nowMs;
  }, 5);
  await during();
  clearInterval(timer);
  return largestMs;
}

describe('a stream of a million items', () => {
  it('stands still without credit, holding its handler and no memory, and then goes on to its end', async () => {
    let produced = 0;
    const rows = defineHandler({
      type: 'rows',
      async *handle() {
        for (produced = 1; produced <= 1_000_000; produced += 1) yield { row: produced };
      },
    });
    await start([rows]);
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/v1/socket`);
    await once(socket, 'open');
    let got = 0;
    let allowed = 100;
    let ended: unknown;
    let isWrong = false;
    let isPulling = false;
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString());
      if (frame.op === 'end') ended = frame;
      if (frame.op !== 'item') return;
      got += 1;
      if (frame.n !== got || frame.data.row !== got) isWrong = true;
      if (isPulling && got > allowed - 1000) {
        allowed += 5000;
        socket.send(JSON.stringify({ op: 'pull', id: 1, max: allowed }));
      }
    });
    socket.send(JSON.stringify({ op: 'event', id: 1, type: 'rows', credit: 100 }));
    while (got < 100) await wait(1);
    const before = heapBytes();
    for (let i = 0; i < 50; i += 1) await wait(2);
    expect(got).toBe(100);
    expect(produced).toBeLessThanOrEqual(101);
    expect(heapBytes() - before).toBeLessThan(1_000_000);
    isPulling = true;
    allowed = 5000;
    socket.send(JSON.stringify({ op: 'pull', id: 1, max: allowed }));
    while (got < 500_000) await wait(5);
    expect(heapBytes() - before).toBeLessThan(20_000_000);
    while (ended === undefined) await wait(5);
    expect(ended).toEqual({ op: 'end', id: 1, n: 1_000_000 });
    expect([got, isWrong]).toEqual([1_000_000, false]);
    socket.close();
    await expectConservation(gateway);
  });
});

describe('a client that does not read', () => {
  it('is closed with 4108 when its replies pass the bound, and its memory is free again', async () => {
    await start([defineHandler({ type: 'large', handle: () => 'x'.repeat(60_000) })], {
      session: { outboxBytesMax: 2_000_000, outboxHighWaterBytes: 64 * 1024 },
    });
    const client = await TestClient.connect(gateway.port);
    client.socket.pause();
    let sent = 0;
    while (gateway.counters.closedBy.get(4108) === undefined && sent < 2000) {
      client.send({ op: 'event', id: sent, type: 'large', priority: 'normal' });
      sent += 1;
      await wait(1);
    }
    expect(gateway.counters.closedBy.get(4108)).toBe(1);
    client.socket.terminate();
    await expectConservation(gateway);
  });

  it('holds back a stream instead: nothing is buffered for it beyond the high-water mark', async () => {
    await start([reportRows]);
    const client = await TestClient.connect(gateway.port);
    client.send({ op: 'event', id: 1, type: 'report.rows', data: { rows: 200_000 }, credit: 1_000_000 });
    client.socket.pause();
    const before = heapBytes();
    let settled = 0;
    let last = -1;
    while (settled < 20) {
      await wait(5);
      settled = gateway.counters.itemsSent === last ? settled + 1 : 0;
      last = gateway.counters.itemsSent;
    }
    expect(gateway.counters.itemsSent).toBeLessThan(200_000);
    expect(gateway.counters.closedBy.size).toBe(0);
    expect(heapBytes() - before).toBeLessThan(8_000_000);
    client.socket.resume();
    expect(await client.outcome(1, 20_000)).toMatchObject({ op: 'end', n: 200_000 });
    await closeAll([client]);
  });
});
