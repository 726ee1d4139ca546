/** What ends a resumable session, what does not, and who may take it: as the protocol's text says. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { endAll } from '../support/end-all.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { type Grant, ResumingClient } from '../support/resuming-client.js';
import { Works } from '../support/test-flow.js';
import { startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;
const clients: ResumingClient[] = [];

const mib = 1024 * 1024;
const text = 'x'.repeat(2048);
const bulk = defineHandler<number>({ type: 'bulk', handle: ({ data }) => 'x'.repeat(data) });

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  const handlers = [echo, bulk, defineHandler({ type: 'work', handle: works.handle })];
  gateway = await startTestGateway(handlers, parts);
  return gateway.port;
};

const kept = (client: ResumingClient): ResumingClient => {
  clients.push(client);
  return client;
};
const connect = async (port: number, options?: { encoding?: 'json' | 'msgpack' }) =>
  kept(await ResumingClient.connect(port, options));

afterEach(() => endAll(gateway, clients.splice(0)));

const work = (id: number | string) => ({ op: 'event', id, type: 'work', data: id });
const finish = async (name: unknown): Promise<void> => vi.waitFor(() => works.get(name).end(`done ${name}`));

/** The session is a new one, and nothing of the old one comes on it, whatever of the old one ends. */
async function expectNew(client: ResumingClient, old: Grant, ending?: unknown): Promise<void> {
  expect(client.welcome).toMatchObject({ resumed: false, received: 0, secret: expect.any(String) });
  expect(client.welcome.session).not.toBe(old.session);
  if (ending !== undefined) await finish(ending);
  expect(await client.request({ id: 'new', type: 'echo', data: 1 })).toEqual({ op: 'end', id: 'new', data: 1, s: 1 });
  await client.settled();
  expect(client.numbered()).toHaveLength(1);
}

describe('taking a session over', () => {
  it('closes its older socket with 4009, and everything goes on on the newer one only', async () => {
    const client = await connect(await start());
    client.send([work('a'), work('b')]);
    await vi.waitFor(() => expect(works.all).toHaveLength(2));
    const older = client.connection;
    expect(await client.resume()).toMatchObject({ resumed: true, received: 2 });
    expect(await older.untilClosed()).toMatchObject({ code: 4009, reason: expect.stringMatching(/./) });
    for (const name of ['a', 'b']) await finish(name);
    for (const name of ['a', 'b']) expect(await client.outcome(name)).toMatchObject({ op: 'end' });
    expect(older.frames.map(({ op }) => op)).toEqual(['welcome']);
    expect(works.all.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    expect(gateway.inUse().sessions).toBe(1);
  });

  it('works while the older socket does not read, and ten times in a row', async () => {
    const client = await connect(await start());
    client.stopReading();
    const older = [client.connection];
    for (let round = 0; round < 10; round += 1) {
      client.send(work(round));
      await vi.waitFor(() => works.get(round));
      expect(await client.resume()).toMatchObject({ resumed: true, received: round + 1 });
      older.push(client.connection);
      await finish(round);
      if (round < 9) client.stopReading();
    }
    for (let round = 0; round < 10; round += 1) await client.outcome(round);
    expect(client.numbered()).toHaveLength(10);
    for (const each of older.slice(0, -1)) each.socket.resume();
    for (const each of older.slice(0, -1)) expect(await each.untilClosed()).toMatchObject({ code: 4009 });
    expect(gateway.inUse().sessions).toBe(1);
  });

  it.each([
    ['a wrong secret', () => ({ secret: 'no such secret, though as long as one' })],
    ['an empty secret', () => ({ secret: '' })],
    ['a secret with something behind it', ({ secret }: Grant) => ({ secret: `${secret}x` })],
    ['part of the secret', ({ secret }: Grant) => ({ secret: secret.slice(0, -1) })],
    ['an unknown session', () => ({ session: 's_nobody_has_this' })],
    ['the session for a secret', ({ session }: Grant) => ({ secret: session })],
  ] as const)('fails with %s, and the session goes on where it is', async (_name, wrong) => {
    const port = await start();
    const owner = await connect(port);
    owner.send([work('a'), work('b')]);
    await finish('a');
    await owner.outcome('a');
    const other = await connect(port);
    await other.resume({ ...owner.grant, received: 0, ...wrong(owner.grant) });
    await expectNew(other, owner.grant, 'b');
    expect(await owner.outcome('b')).toMatchObject({ op: 'end', s: 2 });
    expect(owner.connection.closed).toBeUndefined();
  });

  it.each([
    ['json', 'msgpack'],
    ['msgpack', 'json'],
  ] as const)('fails when it was opened in %s and %s is spoken', async (encoding, other) => {
    const client = await connect(await start(), { encoding });
    client.send(work('a'));
    await vi.waitFor(() => works.get('a'));
    client.cut();
    const old = client.grant;
    await client.resume({ encoding: other });
    await expectNew(client, old, 'a');
  });
});

describe('what the client says it has received', () => {
  it('is let go, so that resuming from before it is not possible', async () => {
    const client = await connect(await start());
    for (const id of [1, 2, 3]) await client.request({ id, type: 'echo' });
    client.acknowledge(2);
    await client.settled();
    client.cut();
    expect(await client.resume({ received: 2 })).toMatchObject({ resumed: true });
    await client.until(() => (client.frames && client.repeats === 1) || undefined);
    client.acknowledge(1);
    await client.settled();
    client.cut();
    const old = client.grant;
    await client.resume({ received: 1 });
    await expectNew(client, old);
  });

  it('cannot be more than was sent', async () => {
    const client = await connect(await start());
    await client.request({ id: 1, type: 'echo' });
    client.cut();
    const old = client.grant;
    await client.resume({ received: 2 });
    await expectNew(client, old);
  });
});

describe('a session that is not acknowledged', () => {
  const parts = { session: { outboxBytesMax: 16_384 }, resume: { bytesMax: 20_480 } };

  it.each([40, 35])('is kept within its bound: from frame %i on, which is held, it goes on', async (received) => {
    const client = await connect(await start(parts));
    for (let id = 0; id < 40; id += 1) await client.request({ id, type: 'echo', data: text });
    expect(client.connection.closed).toBeUndefined();
    client.cut();
    expect(await client.resume({ received })).toMatchObject({ resumed: true, received: 40 });
    await client.until(() => (client.frames && client.repeats === 40 - received) || undefined);
    expect(await client.request({ id: 40, type: 'echo', data: 1 })).toMatchObject({ op: 'end', s: 41 });
  });

  it('is kept within its bound: what fell out cannot be resumed', async () => {
    const client = await connect(await start(parts));
    for (let id = 0; id < 40; id += 1) await client.request({ id, type: 'echo', data: text });
    client.cut();
    const old = client.grant;
    await client.resume({ received: 5 });
    await expectNew(client, old);
  });

  it('ends when more is to be kept than its bound while its client is away', async () => {
    const client = await connect(await start(parts));
    const names = Array.from({ length: 20 }, (_, n) => n);
    client.send([...names, 'last'].map(work));
    await vi.waitFor(() => expect(works.all).toHaveLength(21));
    client.cut();
    const old = client.grant;
    for (const name of names) works.get(name).end(text);
    await client.resume();
    await expectNew(client, old);
    works.get('last').end();
  });

  it('and stays away the longest is the one that ends, when all together are too much', async () => {
    const port = await start({ session: { outboxBytesMax: 16_384 }, resume: { allBytesMax: 20_480 } });
    const [first, second] = [await connect(port), await connect(port)];
    for (const [n, client] of [first, second].entries()) {
      client.send([0, 1, 2, 3, 4, 5].map((id) => work(`${n} ${id}`)));
      await vi.waitFor(() => expect(works.all).toHaveLength(6 * (n + 1)));
      client.cut();
      for (let id = 0; id < 6; id += 1) works.get(`${n} ${id}`).end(text);
      // Who is heard twice after the cut is heard after it was seen.
      if (client === first) for (const _round of [1, 2]) await second.settled();
    }
    await vi.waitFor(() => expect(gateway.inUse().events).toBe(0));
    const old = first.grant;
    await first.resume();
    expect(await second.resume()).toMatchObject({ resumed: true });
    for (let id = 0; id < 6; id += 1) expect(await second.outcome(`1 ${id}`)).toMatchObject({ data: text });
    await expectNew(first, old);
  });
});

describe('a session whose socket the gateway closed', () => {
  it.each([
    ['never read', false, { session: { outboxBytesMax: mib }, resume: { bytesMax: 64 * mib } }],
    ['read at last, with the bounds there are if nothing is said', true, {}],
  ])('as slow is resumed, whose rest was %s, and has everything', async (_name, isRead, parts) => {
    const client = await connect(await start({ ...parts, window: { initial: 128 } }));
    client.stopReading();
    let sent = 0;
    for (; gateway.counters.closedBy.size === 0 && sent < 120; sent += 1) {
      client.send({ op: 'event', id: sent, type: 'bulk', data: mib / 4 });
      const outcomes = () => gateway.counters.succeeded + gateway.counters.refused;
      await vi.waitFor(() => expect(outcomes() > sent || gateway.counters.closedBy.size > 0).toBe(true), {
        interval: 1,
      });
    }
    expect([...gateway.counters.closedBy.keys()]).toEqual([4108]);
    if (isRead) {
      client.connection.socket.resume();
      expect(await client.connection.untilClosed()).toMatchObject({ code: 4108 });
    } else client.cut();
    expect(await client.resume()).toMatchObject({ resumed: true });
    client.resend();
    for (let id = 0; id < sent; id += 1) {
      expect(((await client.outcome(id)).data as string).length).toBe(mib / 4);
      client.acknowledge();
    }
  });

  it('for its silence (4201) is resumed, and has what ended meanwhile', async () => {
    const port = await start({ listen: { keepAliveMs: 200 } });
    const raw = await RawSocket.webSocket(port, { 'Sec-WebSocket-Protocol': 'sluice.v1.json' });
    const send = (frame: object) => raw.write(clientFrame(opcodes.text, JSON.stringify(frame)));
    send({ op: 'hello', resume: true });
    const welcome = JSON.parse((await raw.frame()).payload.toString());
    send(work('a'));
    expect((await raw.closeFrame()).code).toBe(4201);
    raw.destroy();
    await finish('a');
    const client = kept(await ResumingClient.takeUp(port, welcome));
    expect(client.welcome).toMatchObject({ resumed: true, received: 1 });
    expect(await client.outcome('a')).toEqual({ op: 'end', id: 'a', data: 'done a', s: 1 });
  });

  it('because it did not decode, or for a flood, is gone or resumed, and never half of it', async () => {
    const client = await connect(await start());
    client.send([work('a'), work('b')]);
    await finish('a');
    await client.outcome('a');
    client.connection.socket.send('no frame');
    expect(await client.connection.untilClosed()).toMatchObject({ code: 4000 });
    const old = client.grant;
    const { resumed } = await client.resume();
    if (resumed === true) {
      await finish('b');
      expect(await client.outcome('b')).toMatchObject({ s: 2 });
    } else await expectNew(client, old, 'b');
  });
});
