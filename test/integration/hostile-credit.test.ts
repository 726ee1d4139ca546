/** Events that come beside the credit, or against it: the reserve for critical ones, the bound in bytes, refusals. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { post } from '../support/http-post.js';
import { TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  const work = defineHandler({ type: 'work', handle: works.handle });
  const checked = defineHandler({ type: 'checked', input: refusing, handle: () => undefined });
  gateway = await startTestGateway([echo, work, checked], { anonymous: { critical: true }, ...parts });
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

/** A schema nothing passes. */
const refusing = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'never', path: ['a', 0] }] }) },
} as const;

const fixed = (size: number) => ({ window: { initial: size, min: 1, max: size } });
const critical = (id: number | string, more: object = {}) => ({
  op: 'event',
  id,
  type: 'work',
  data: id,
  priority: 'critical',
  ...more,
});

/** Everything sent so far has been read. */
const settled = async (client: TestClient, at: string): Promise<void> => {
  client.send({ op: 'ping', at });
  await client.next((frame) => frame.op === 'pong' && frame.at === at);
};

const endAll = async (client: TestClient): Promise<void> => {
  for (const each of works.all) each.end();
  await vi.waitFor(() => expect(gateway.inUse().events).toBe(0));
  await client.close();
};

describe('an event that asks for critical', () => {
  it('uses no credit, but a reserve of its own, and is refused as queue when that is full', async () => {
    const client = await TestClient.connect(await start({ ...fixed(1), budget: { items: 64, reserve: 6 } }));
    for (let id = 0; id < 7; id += 1) client.send(critical(id));
    expect(await client.outcome(6)).toMatchObject({
      code: 'resource_exhausted',
      reason: 'queue',
      retry: 'backoff',
      afterMs: expect.any(Number),
      started: 'no',
    });
    expect(works.names).toEqual([0, 1, 2, 3, 4, 5]);
    expect(client.creditMax).toBe(1);
    expect(await client.request({ id: 'inside', type: 'echo', data: 1 })).toMatchObject({ op: 'end' });
    works.get(0).end();
    await client.outcome(0);
    client.send(critical('next'));
    await settled(client, 'end');
    expect(works.names.at(-1)).toBe('next');
    await endAll(client);
  });

  it('finds room though requests over HTTP have taken all they can get', async () => {
    const port = await start({ budget: { items: 64, reserve: 8 } });
    const answers = Array.from({ length: 20 }, (_, n) => post(port, { type: 'work', data: `http ${n}` }));
    const done = await Promise.race(answers);
    expect(done).toMatchObject({ status: 429 });
    const client = await TestClient.connect(port);
    client.send(critical('c'));
    await settled(client, 'end');
    expect(works.names).toContain('c');
    await endAll(client);
    await Promise.all(answers);
  });

  it('is refused where that is not allowed, and counts against no credit then either', async () => {
    const client = await TestClient.connect(await start({ ...fixed(2), anonymous: { critical: false } }));
    for (let id = 0; id < 20; id += 1) client.send(critical(id));
    expect(await client.outcome(19)).toMatchObject({ code: 'permission_denied', retry: 'no', started: 'no' });
    expect(gateway.counters.refusedBy.get('permission_denied')).toBe(20);
    expect(client.creditMax).toBe(2);
    expect(client.frames.filter(({ op }) => op === 'credit')).toEqual([]);
    for (const id of ['a', 'b']) client.send({ ...critical(id), priority: 'high' });
    await settled(client, 'end');
    expect(works.names).toEqual(['a', 'b']);
    await endAll(client);
  });

  it.each([
    ['of a type nobody knows', { type: 'none' }],
    ['with a bad field', { ttl: 'x' }],
    ['with data its schema refuses', { type: 'checked' }],
    ['with a number beyond the model', { data: 2 ** 60 }],
  ])('counts against no credit when it is refused: %s', async (_name, more) => {
    const client = await TestClient.connect(await start(fixed(2)));
    for (let id = 0; id < 6; id += 1) client.send(critical(id, more));
    expect(await client.outcome(5)).toMatchObject({ op: 'error', started: 'no' });
    expect(client.creditMax).toBe(2);
    await endAll(client);
  });
});

describe('the bound in bytes', () => {
  it('refuses what does not fit as memory, though its credit allows it, and takes it once there is room', async () => {
    const client = await TestClient.connect(
      await start({ budget: { bytes: 5000 }, listen: { payloadBytesMax: 4096 } }),
    );
    const padded = (id: number) => ({ ...critical(id), priority: 'normal', pad: 'x'.repeat(2000) });
    for (const id of [1, 2, 3]) client.send(padded(id));
    const refused = { code: 'resource_exhausted', reason: 'memory', retry: 'backoff', started: 'no' };
    expect(await client.outcome(3)).toMatchObject({ ...refused, afterMs: expect.any(Number) });
    expect(gateway.inUse().bytes).toBeGreaterThan(4000);
    expect(await post(gateway.port, { type: 'work', pad: 'x'.repeat(2000) })).toMatchObject({
      status: 429,
      body: { ...refused },
    });
    works.get(1).end();
    await client.outcome(1);
    client.send(padded(4));
    await settled(client, 'end');
    expect(works.names).toEqual([1, 2, 4]);
    await endAll(client);
  });
});

describe('an event beyond the credit', () => {
  it('is refused for that, whatever else is wrong with it', async () => {
    const client = await TestClient.connect(await start({ ...fixed(1), session: { creditRefusalsMax: 1000 } }));
    client.send({ ...critical('held'), priority: 'normal' });
    const beyond = [{ type: 'none' }, { type: 'echo', ttl: 'x' }, { type: 'echo', data: 2 ** 60 }];
    for (const [id, more] of beyond.entries()) client.send({ op: 'event', id, ...more });
    for (const id of beyond.keys()) {
      expect(await client.outcome(id)).toMatchObject({ code: 'resource_exhausted', reason: 'credit', started: 'no' });
    }
    await endAll(client);
  });

  it('and under an id that is open leaves the open operation alone', async () => {
    const client = await TestClient.connect(await start(fixed(1)));
    const held = { ...critical('held'), priority: 'normal' };
    for (const frame of [held, held, { op: 'ping', at: 'end' }]) client.send(frame);
    await client.next(({ op }) => op === 'pong');
    const [error, ...more] = client.frames.filter(({ op }) => op === 'error');
    expect(more).toEqual([]);
    expect(error).not.toHaveProperty('id');
    expect(error).toMatchObject({ started: 'no', details: { id: 'held' } });
    works.get('held').end('fine');
    expect(await client.outcome('held')).toEqual({ op: 'end', id: 'held', data: 'fine' });
    await client.close();
  });

  it('without an id is told together with others at most once a second, and why the last one was', async () => {
    const client = await TestClient.connect(await start(fixed(1)));
    client.send({ ...critical('held'), priority: 'normal' });
    for (let i = 0; i < 30; i += 1) client.send({ op: 'event', type: 'echo' });
    client.send({ ...critical('x', { type: 'none' }), id: null });
    await settled(client, 'end');
    const told = () => client.frames.filter(({ op }) => op === 'error');
    expect(told()).toMatchObject([{ code: 'resource_exhausted', details: { refused: 1 } }]);
    await client.until(() => (told().length === 2 ? true : undefined), 2000);
    expect(told()[1]).toMatchObject({ code: 'not_found', details: { refused: 30 }, started: 'no', retry: 'no' });
    expect(told()[1]).not.toHaveProperty('id');
    await endAll(client);
  });

  it('under an id that is none is answered by itself, at once: it did ask for an answer', async () => {
    const client = await TestClient.connect(await start(fixed(64)));
    client.send({ op: 'event', type: 'none' });
    for (const id of [1.5, '', -1, 'x'.repeat(65)]) client.send({ op: 'event', id, type: 'echo' });
    await client.until(() => (client.frames.filter(({ op }) => op === 'error').length === 5 ? true : undefined), 500);
    const [first, ...others] = client.frames.filter(({ op }) => op === 'error');
    expect(first).toMatchObject({ code: 'not_found', details: { refused: 1 } });
    for (const error of others) {
      expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('expected id to be') });
      expect(error).not.toHaveProperty('id');
    }
    await client.close();
  });
});
