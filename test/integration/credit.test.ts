/** Credit as a client sees it that only knows the protocol's text. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echo, fail } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  gateway = await startTestGateway([echo, fail, defineHandler({ type: 'work', handle: works.handle })], parts);
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

/** A window that neither grows nor shrinks. */
const fixed = (size: number) => ({ window: { initial: size, min: 1, max: size } });

/** So little that a few sessions take more than half of it, the first two most. The keep-alive is short for quicker rounds. */
const scarce = { budget: { items: 68, reserve: 4 }, window: { initial: 32 }, listen: { keepAliveMs: 400 } };

const work = (id: number | string, more: object = {}) => ({ op: 'event', id, type: 'work', data: id, ...more });

const refusedForCredit = { op: 'error', code: 'resource_exhausted', reason: 'credit', started: 'no', retry: 'backoff' };

/** Waits until everything sent so far has been read: an answer to a ping says so. */
const settled = async (client: TestClient): Promise<void> => {
  const pongs = () => client.frames.filter(({ op }) => op === 'pong').length;
  const before = pongs();
  client.send({ op: 'ping' });
  await client.until(() => (pongs() > before ? true : undefined));
};

const credits = (client: TestClient): number[] =>
  client.frames
    .filter(({ op }) => op === 'welcome' || op === 'credit')
    .map(({ op, credit, max }) => (op === 'welcome' ? credit : max) as number);

describe('the credit of a session', () => {
  it('is told by welcome, and holds exactly so many events', async () => {
    const client = await TestClient.connect(await start(fixed(7)));
    expect(client.creditMax).toBe(7);
    for (let id = 0; id < 8; id += 1) client.send(work(id));
    expect(await client.outcome(7)).toMatchObject({ ...refusedForCredit, afterMs: expect.any(Number) });
    expect(client.frames.filter(({ op }) => op === 'error')).toHaveLength(1);
    expect(works.all).toHaveLength(7);
    for (const each of works.all) each.end();
    await client.outcome(6);
    await client.close();
  });

  it('allows one event before welcome, however small it is', async () => {
    const client = await TestClient.connect(await start(fixed(1)), { isSilent: true });
    client.send({ op: 'event', id: 1, type: 'echo', data: 'first' });
    expect(await client.outcome(1)).toMatchObject({ op: 'end', data: 'first' });
    expect(client.frames[0]).toMatchObject({ op: 'welcome', credit: 1 });
    await client.close();
  });

  it('counts events with and without id, good and refused ones alike, and refused ones are over at once', async () => {
    const client = await TestClient.connect(await start(fixed(8)));
    const bad = [
      { op: 'event', id: 'a', type: 'none' },
      { op: 'event', id: 'b', type: 'echo', ttl: 'x' },
      { op: 'event', id: 'c', type: 5 },
      { op: 'event', type: 'none' },
      { op: 'event', type: 'echo' },
      { op: 'event', id: 'd', type: 'fail' },
    ];
    for (let round = 0; round < 10; round += 1) {
      client.send(bad);
      // Told in steps: what is used up comes back before it is all gone.
      const used = (round + 1) * bad.length;
      await client.until(() => client.creditMax >= used + bad.length || undefined);
    }
    expect(client.frames.filter(({ reason }) => reason === 'credit')).toEqual([]);
    expect(gateway.counters).toMatchObject({ received: 60 });
    await client.close();
  });

  it('is not used by other frames', async () => {
    const client = await TestClient.connect(await start(fixed(1)));
    for (let i = 0; i < 20; i += 1) {
      client.send([{ op: 'ping' }, { op: 'cancel', id: i }, { op: 'pull', id: i, max: 1 }, { op: 'received', s: 0 }]);
      client.send({ op: 'dance' });
    }
    expect(await client.request({ id: 1, type: 'echo' })).toMatchObject({ op: 'end' });
    await client.close();
  });

  it('comes back with the outcome, and when an event is cancelled while it waits', async () => {
    const client = await TestClient.connect(await start({ ...fixed(3), pipelines: { default: { slots: 1 } } }));
    for (const id of [1, 2, 3]) client.send(work(id));
    client.send(work('beyond'));
    expect(await client.outcome('beyond')).toMatchObject(refusedForCredit);
    client.send({ op: 'cancel', id: 3 });
    expect(await client.outcome(3)).toMatchObject({ code: 'cancelled', started: 'no' });
    await client.until(() => (client.creditMax >= 5 ? true : undefined));
    client.send(work(4));
    await settled(client);
    expect(client.framesOf(4)).toEqual([]);
    for (const id of [1, 2, 4]) {
      await vi.waitFor(() => works.get(id).end());
      expect(await client.outcome(id)).toMatchObject({ op: 'end' });
    }
    expect(works.names).toEqual([1, 2, 4]);
    await client.close();
  });

  it('grows with use up to its bound, and is never lowered while the session sends', async () => {
    const client = await TestClient.connect(await start({ window: { initial: 4, max: 100 } }));
    let sent = 0;
    while (client.creditMax - sent < 100) {
      for (; sent < client.creditMax; sent += 1) client.send(work(sent));
      await vi.waitFor(() => expect(works.all).toHaveLength(sent), { interval: 1 });
      for (const each of works.all) each.end();
      await client.outcome(sent - 1);
    }
    expect(client.creditMax - sent).toBe(100);
    const told = credits(client);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(client.frames.filter(({ op }) => op === 'error')).toEqual([]);
    await client.close();
  });

  it('grows for a client that keeps using all of it, though each of its events ends at once', async () => {
    const client = await TestClient.connect(await start({ window: { initial: 4, max: 256 } }));
    let sent = 0;
    for (let round = 0; round < 50; round += 1) {
      for (; sent < client.creditMax; sent += 1) client.send({ op: 'event', id: sent, type: 'echo' });
      await client.until(() => (client.creditMax > sent ? true : undefined));
    }
    await client.outcome(sent - 1);
    expect(client.creditMax - sent).toBeGreaterThanOrEqual(16);
    await client.close();
  });

  it('does not grow by being ignored: what goes beyond it at once is refused to the last event', async () => {
    const client = await TestClient.connect(await start({ session: { creditRefusalsMax: 10_000 } }));
    const allowed = client.creditMax;
    for (let round = 0; round < 4; round += 1) {
      client.send(Array.from({ length: 256 }, (_, n) => work(round * 256 + n)));
    }
    await settled(client);
    expect(works.all).toHaveLength(allowed);
    const refused = client.frames.filter(({ op }) => op === 'error');
    expect(refused).toHaveLength(1024 - allowed);
    for (const error of refused) expect(error).toMatchObject(refusedForCredit);
    for (const each of works.all) each.end();
    await client.outcome(0);
    await client.close();
  });

  it('is lowered for an idle session only, and what it was is honoured for the grace', async () => {
    const port = await start({ ...scarce, session: { idleMs: 100, graceMs: 60_000 } });
    const client = await TestClient.connect(port);
    const others = await Promise.all([1, 2, 3, 4, 5, 6].map(() => TestClient.connect(port)));
    const first = client.creditMax;
    const lowered = await client.next(({ op }) => op === 'credit', 5000);
    expect(lowered.max).toBeLessThan(first);
    expect(lowered.max).toBeGreaterThanOrEqual(1);
    for (let id = 0; id < first; id += 1) client.send({ op: 'event', id, type: 'echo', data: id });
    for (let id = 0; id < first; id += 1) expect(await client.outcome(id)).toMatchObject({ op: 'end', data: id });
    for (const each of [client, ...others]) await each.close();
  });

  it('is what was told last, when the grace is over', async () => {
    const port = await start({ ...scarce, session: { idleMs: 50, graceMs: 50 } });
    const client = await TestClient.connect(port);
    const others = await Promise.all([1, 2, 3, 4, 5, 6].map(() => TestClient.connect(port)));
    await client.next(({ op }) => op === 'credit', 5000);
    const told = () => [client, ...others].reduce((sum, { creditMax }) => sum + creditMax, 0);
    await vi.waitFor(() => expect(gateway.inUse().credit).toBe(told()), 5000);
    // The first event after that gives it a window again.
    client.send(work(0));
    await settled(client);
    const max = client.creditMax;
    for (let id = 1; id <= max; id += 1) client.send(work(id));
    await settled(client);
    expect(client.frames.filter(({ op }) => op === 'error')).toMatchObject([{ ...refusedForCredit, id: max }]);
    for (const each of works.all) each.end();
    for (const each of [client, ...others]) await each.close();
  });

  it('is that of a new session again for one that was idle: a long event keeps no other waiting', async () => {
    const port = await start({ session: { idleMs: 50, longIdleMs: 50, graceMs: 50 }, listen: { keepAliveMs: 400 } });
    const client = await TestClient.connect(port);
    await client.next(({ op, max }) => op === 'credit' && max === 1, 5000);
    client.send(work('long'));
    await client.next(({ op, max }) => op === 'credit' && (max as number) > 30, 5000);
    expect(await client.request({ id: 1, type: 'echo', data: 'quick' })).toMatchObject({ op: 'end' });
    works.get('long').end();
    await client.outcome('long');
    await client.close();
  });

  it('is not told to a client that has not been welcomed, though it idles', async () => {
    const port = await start({ ...scarce, session: { idleMs: 50, graceMs: 50 } });
    const [silent, welcomed] = [await TestClient.connect(port, { isSilent: true }), await TestClient.connect(port)];
    const others = await Promise.all([1, 2, 3, 4, 5].map(() => TestClient.connect(port)));
    await welcomed.next(({ op }) => op === 'credit', 5000);
    silent.send({ op: 'hello' });
    await silent.next(({ op }) => op === 'welcome');
    expect(silent.frames[0]?.op).toBe('welcome');
    for (const each of [silent, welcomed, ...others]) await each.close();
  });
});

describe('many sessions on a small budget', () => {
  it('never have more credit together than the budget, and none is refused inside of its own', async () => {
    const items = 1600;
    const port = await start({
      budget: { items, reserve: 100 },
      pipelines: { default: { slots: 4 } },
    });
    let creditMax = 0;
    const clients = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const client = await TestClient.connect(port);
        creditMax = Math.max(creditMax, gateway.inUse().credit);
        return client;
      }),
    );
    const told = clients.reduce((sum, client) => sum + client.creditMax, 0);
    expect(told).toBeLessThanOrEqual(items - 100);
    expect(gateway.inUse().credit).toBe(told);
    const refused: Frame[] = [];
    await Promise.all(
      clients.map(async (client, n) => {
        for (let id = 0; id < 6; id += 1) {
          await client.until(() => (client.creditMax > id ? true : undefined));
          client.send({ op: 'event', id, type: 'echo', data: n });
          creditMax = Math.max(creditMax, gateway.inUse().credit);
        }
        for (let id = 0; id < 6; id += 1) {
          const outcome = await client.outcome(id);
          if (outcome.op === 'error') refused.push(outcome);
        }
      }),
    );
    expect(refused).toEqual([]);
    expect(creditMax).toBeLessThanOrEqual(items - 100);
    expect(gateway.counters).toMatchObject({ received: 3000, accepted: 3000, refused: 0 });
    await Promise.all(clients.map((client) => client.close()));
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, credit: 0 }));
  });

  it('are all served when one of them takes all it can get', async () => {
    const port = await start({ budget: { items: 128, reserve: 8 }, pipelines: { default: { slots: 8 } } });
    const [greedy, ...modest] = await Promise.all(Array.from({ length: 9 }, () => TestClient.connect(port)));
    let sent = 0;
    let isOver = false;
    const eating = (async () => {
      for (; !isOver; await wait(1)) {
        for (; sent < (greedy as TestClient).creditMax; sent += 1) greedy?.send({ op: 'event', type: 'echo' });
      }
    })();
    for (let id = 0; id < 50; id += 1) {
      for (const client of modest) expect(await client.request({ id, type: 'echo' })).toMatchObject({ op: 'end' });
      expect(gateway.inUse().credit).toBeLessThanOrEqual(120);
    }
    isOver = true;
    await eating;
    expect(gateway.counters.refused).toBe(0);
    for (const client of [...modest, greedy]) await client?.close();
  });
});
