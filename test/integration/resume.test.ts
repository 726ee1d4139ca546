/** Sessions that outlive their socket, as a client sees them that only knows the protocol's text. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { count, echo, fail } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { endAll } from '../support/end-all.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { type Grant, ResumingClient } from '../support/resuming-client.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;
const clients: ResumingClient[] = [];

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  gateway = await startTestGateway([echo, fail, count, defineHandler({ type: 'work', handle: works.handle })], parts);
  return gateway.port;
};

const connect = async (port: number, options?: { encoding?: 'json' | 'msgpack'; batch?: boolean }) => {
  const client = await ResumingClient.connect(port, options);
  clients.push(client);
  return client;
};

afterEach(() => endAll(gateway, clients.splice(0)));

const work = (id: number | string) => ({ op: 'event', id, type: 'work', data: id });

/** Deeper than a frame may be. */
const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);

/** Has a work done and ended with a value of its name. */
const finish = async (name: unknown): Promise<void> => vi.waitFor(() => works.get(name).end(`done ${name}`));

/** Waits until no session is left, and nothing is held for any. */
const untilAllAreGone = (): Promise<void> =>
  vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0, events: 0, credit: 0 }), {
    timeout: 5000,
    interval: 5,
  });

const doneFrames = (names: readonly unknown[], from = 1) =>
  names.map((id, i) => ({ op: 'end', id, data: `done ${id}`, s: from + i }));

describe.each(['json', 'msgpack'] as const)('a session that can be resumed, over %s', (encoding) => {
  it('numbers what is reliable and nothing else, from 1 without a hole, inside arrays too', async () => {
    const client = await connect(await start(), { encoding, batch: true });
    expect(client.welcome).toMatchObject({ resumed: false, received: 0, resumeMs: 30_000 });
    expect(client.welcome.secret).toEqual(expect.stringMatching(/^.{16,}$/));
    client.send([
      { op: 'event', id: 1, type: 'echo', data: 1, ack: true },
      { op: 'event', id: 2, type: 'none' },
      { op: 'event', type: 'none' },
      { op: 'event', id: 3, type: 'count', data: { to: 5 } },
      { op: 'event', id: 4, type: 'work', data: 4 },
      { op: 'event', id: 4, type: 'echo' },
      { op: 'dance' },
      { op: 'ping', at: 'x' },
      { op: 'subscribe', id: 5, topic: 'a.b' },
    ]);
    await finish(4);
    for (const id of [1, 2, 3, 4]) await client.outcome(id);
    await client.next(({ op }) => op === 'subscribed');
    await client.settled();
    const ops = client.numbered().map(({ op }) => op);
    expect(ops.sort()).toEqual(['ack', 'end', 'end', 'end', 'error', ...Array(5).fill('item'), 'subscribed']);
    expect(client.numbered().map(({ s }) => s)).toEqual(ops.map((_, i) => i + 1));
    const others = new Set(client.frames.filter(({ s }) => s === undefined).map(({ op }) => op));
    others.delete('credit');
    expect(others).toEqual(new Set(['error', 'pong']));
    expect(Math.max(...client.connection.messageSizes)).toBeGreaterThan(1);
  });

  it('goes on after a cut: what had not come, what ended meanwhile, and what ends later', async () => {
    const client = await connect(await start(), { encoding });
    client.send([work('a'), work('b'), work('c'), { op: 'event', id: 'd', type: 'work', data: 'd', ack: true }]);
    await finish('a');
    await client.outcome('a');
    await client.next(({ op }) => op === 'ack');
    client.cut();
    for (const name of ['c', 'b']) await finish(name);
    const { session } = client.welcome;
    expect(await client.resume()).toMatchObject({ session, resumed: true, received: 4, secret: expect.any(String) });
    await client.outcome('b');
    await finish('d');
    await client.outcome('d');
    expect(client.numbered().map(({ op, id }) => [op, id])).toEqual(
      expect.arrayContaining([
        ['ack', 'd'],
        ['end', 'a'],
      ]),
    );
    expect(client.numbered().slice(2)).toEqual(doneFrames(['c', 'b', 'd'], 3));
    expect(client.repeats).toBe(0);
  });

  it('sends again in order what a client says it has not got, the very same', async () => {
    const client = await connect(await start(), { encoding });
    for (const id of [1, 2, 3, 4]) await client.request({ id, type: 'echo', data: { id, text: 'ü😀' } });
    client.cut();
    await client.resume({ received: 1 });
    await client.until(() => (client.frames && client.repeats === 3) || undefined);
    await client.request({ id: 5, type: 'echo' });
    expect(client.numbered().map(({ s }) => s)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is resumed ten times, and before anything was ever sent', async () => {
    const client = await connect(await start(), { encoding });
    const { session } = client.welcome;
    client.cut();
    expect(await client.resume()).toMatchObject({ session, resumed: true, received: 0 });
    for (let round = 0; round < 10; round += 1) {
      client.send(work(round));
      await vi.waitFor(() => works.get(round));
      client.cut();
      if (round % 2 === 0) await finish(round);
      expect(await client.resume()).toMatchObject({ session, resumed: true, received: round + 1 });
      if (round % 2 === 1) await finish(round);
      await client.outcome(round);
      if (round % 3 === 0) client.acknowledge();
    }
    expect(client.numbered()).toEqual(doneFrames([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    expect(gateway.inUse().sessions).toBe(1);
  });
});

describe('welcome.received', () => {
  it('counts the frames with an id and no others, whatever became of them', async () => {
    const client = await connect(await start());
    const withId: object[] = [
      { op: 'event', id: 1, type: 'echo' },
      { op: 'event', id: 2, type: 'none' },
      { op: 'event', id: 3, type: 'echo', ttl: 'x' },
      { op: 'event', id: 4, type: 'work', data: 4 },
      { op: 'event', id: 4, type: 'echo' },
      { op: 'event', id: 'deep', type: 'echo', data: nested(70) },
      { op: 'subscribe', id: 5, topic: 'a' },
      { op: 'subscribe', id: 6, topic: '..' },
      { op: 'pull', id: 4, max: 10 },
      { op: 'pull', id: 'not open', max: 10 },
      { op: 'pull', id: 4, max: -1 },
      { op: 'cancel', id: 'not open' },
      { op: 'cancel', id: 4 },
    ];
    client.send(withId.slice(0, 7));
    for (const frame of withId.slice(7)) client.send(frame);
    client.send([{ op: 'event', type: 'echo' }, { op: 'ping' }, { op: 'received', s: 1 }, { op: 'dance' }]);
    await client.outcome(4);
    await client.settled();
    client.cut();
    expect(await client.resume()).toMatchObject({ resumed: true, received: withId.length });
  });

  it('tells where a burst was cut, though in the middle of a frame: the rest is sent again and each is done once', async () => {
    const port = await start();
    const raw = await RawSocket.webSocket(port, { 'Sec-WebSocket-Protocol': 'sluice.v1.json' });
    const frame = (value: object) => clientFrame(opcodes.text, JSON.stringify(value));
    raw.write(frame({ op: 'hello', resume: true }));
    const welcome = JSON.parse((await raw.frame()).payload.toString()) as Frame;
    const burst = Array.from({ length: 40 }, (_, id) => frame(work(id)));
    raw.write(Buffer.concat([...burst.slice(0, 17), (burst[17] as Buffer).subarray(0, 11)]));
    raw.socket.end();
    await vi.waitFor(() => expect(works.all).toHaveLength(17));
    const client = await ResumingClient.takeUp(port, welcome as unknown as Grant);
    clients.push(client);
    expect(client.welcome).toMatchObject({ resumed: true, received: 17 });
    for (let id = 17; id < 40; id += 1) client.send(work(id));
    for (let id = 0; id < 40; id += 1) await finish(id);
    for (let id = 0; id < 40; id += 1) expect(await client.outcome(id)).toMatchObject({ data: `done ${id}` });
    expect(works.names).toEqual(Array.from({ length: 40 }, (_, id) => id));
    raw.destroy();
  });

  it.each([1, 2, 3])('and the numbers lose nothing, wherever a client is cut (seed %i)', async (seed) => {
    let state = seed;
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const client = await connect(await start(), { encoding: seed % 2 ? 'json' : 'msgpack', batch: seed === 3 });
    const ending = new Set<unknown>();
    let id = 0;
    for (let round = 0; round < 12; round += 1) {
      for (let n = 2 + random(4); n > 0; n -= 1, id += 1) client.send({ ...work(id), data: id, text: 'x'.repeat(id) });
      if (random(2)) client.cut();
      for (const each of works.all) {
        if (ending.has(each.name) || random(3) === 0) continue;
        ending.add(each.name);
        each.end(`done ${each.name}`);
      }
      const wanted = client.connection.frames.length + random(3);
      if (client.connection.socket.readyState === 1 && ending.size > 0) {
        await client.until(() => client.connection.frames.length >= Math.min(wanted, 2) || undefined);
      }
      if (random(2)) client.acknowledge();
      client.cut();
      expect(await client.resume()).toMatchObject({ resumed: true });
      client.resend();
      await client.settled();
    }
    for (const each of works.all) each.end(`done ${each.name}`);
    for (let n = 0; n < id; n += 1) expect(await client.outcome(n)).toMatchObject({ op: 'end', data: `done ${n}` });
    expect(works.names.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: id }, (_, n) => n));
    expect(client.numbered()).toHaveLength(id);
  });
});

describe('the credit of a session', () => {
  it('is the same after a cut, and returns for what ended meanwhile', async () => {
    const client = await connect(await start({ window: { initial: 4, min: 1, max: 4 } }));
    for (const id of [1, 2, 3, 4]) client.send(work(id));
    await vi.waitFor(() => expect(works.all).toHaveLength(4));
    client.cut();
    expect(await client.resume()).toMatchObject({ resumed: true, credit: 4 });
    expect(await client.request({ id: 'beyond', type: 'echo' })).toMatchObject({ reason: 'credit', started: 'no' });
    client.cut();
    for (const id of [1, 2]) await finish(id);
    await vi.waitFor(() => expect(gateway.inUse().events).toBe(2));
    // The refused one counts as sent, and as finished at once.
    expect(await client.resume()).toMatchObject({ resumed: true, credit: 7 });
    for (const id of [5, 6]) client.send(work(id));
    for (const id of [3, 4, 5, 6]) await finish(id);
    for (const id of [1, 2, 3, 4, 5, 6]) expect(await client.outcome(id)).toMatchObject({ op: 'end' });
  });

  it('returns when it ends, however often it was resumed, and its handlers are told', async () => {
    const client = await connect(await start({ resume: { ms: 150 } }));
    for (const id of [1, 2, 3]) client.send(work(id));
    await vi.waitFor(() => expect(works.all).toHaveLength(3));
    for (let round = 0; round < 3; round += 1) {
      client.cut();
      expect(await client.resume()).toMatchObject({ resumed: true, resumeMs: 150 });
    }
    client.cut();
    await untilAllAreGone();
    expect(works.all.map(({ signal }) => signal.aborted)).toEqual([true, true, true]);
    expect(gateway.counters.failedBy.get('cancelled')).toBe(3);
    const old = client.welcome;
    expect(await client.resume()).toMatchObject({ resumed: false, received: 0 });
    expect(client.welcome.session).not.toBe(old.session);
    expect(client.welcome.secret).not.toBe(old.secret);
    expect(await client.request({ id: 1, type: 'echo', data: 'new' })).toEqual({ op: 'end', id: 1, data: 'new', s: 1 });
  });
});

describe('a client that does not ask for it', () => {
  it.each([{}, { resume: false }, { resume: null }])(
    '%j gets no numbers, no secret, and ends with its socket',
    async (more) => {
      const client = await TestClient.connect(await start(), { isSilent: true });
      client.send({ op: 'hello', ...more });
      const welcome = await client.next(({ op }) => op === 'welcome');
      expect(welcome).toMatchObject({ resumed: false, received: 0, resumeMs: 0 });
      expect(welcome).not.toHaveProperty('secret');
      client.send([{ op: 'received', s: 5 }, work(1), { op: 'event', id: 2, type: 'count', data: { to: 3 } }]);
      await client.outcome(2);
      client.socket.terminate();
      await untilAllAreGone();
      expect(works.get(1).signal.aborted).toBe(true);
      expect(client.frames.filter((frame) => 's' in frame)).toEqual([]);
    },
  );

  it('and one that asks where sessions are not kept is the same', async () => {
    const client = await TestClient.connect(await start({ resume: { ms: 0 } }), { isSilent: true });
    client.send({ op: 'hello', resume: true });
    const welcome = await client.next(({ op }) => op === 'welcome');
    expect(welcome).toMatchObject({ resumeMs: 0 });
    expect(welcome).not.toHaveProperty('secret');
    expect(await client.request({ id: 1, type: 'echo', data: 1 })).toEqual({ op: 'end', id: 1, data: 1 });
    client.socket.terminate();
    await untilAllAreGone();
  });
});
