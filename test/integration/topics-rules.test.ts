/** Who may subscribe and publish, how subscriptions end, and how many there may be. */
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, definePublisher } from '../../src/index.js';
import { post } from '../support/http-post.js';
import { say } from '../support/say.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { Works } from '../support/test-flow.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
let works: Works;
const clients: TestClient[] = [];

const tell = definePublisher({ type: 'tell', topic: ({ data }) => data as string });

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  works = new Works();
  gateway = await startTestGateway([say, tell, echo, defineHandler({ type: 'work', handle: works.handle })], parts);
  return gateway.port;
};

const connect = async (port: number): Promise<TestClient> => {
  const client = await TestClient.connect(port);
  clients.push(client);
  return client;
};

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await expectConservation(gateway).finally(() => gateway.close());
});

let lastId = 0;
const publish = async (client: TestClient, topic: string, all: readonly unknown[]): Promise<unknown> => {
  lastId += 1;
  return (await client.request({ id: `say ${lastId}`, type: 'say', data: { topic, all } })).data;
};

const subscribe = (client: TestClient, id: number | string, topic: string, more: object = {}) => {
  client.send({ op: 'subscribe', id, topic, ...more });
  return client.next((frame) => frame.id === id && ['subscribed', 'error'].includes(frame.op));
};

const offsets = (client: TestClient): unknown[] =>
  client.frames.filter(({ op }) => op === 'message').map(({ offset }) => offset);

const untilOffset = (client: TestClient, offset: number): Promise<Frame> =>
  client.next((frame) => frame.op === 'message' && frame.offset === offset);

const denied = { op: 'error', code: 'permission_denied', retry: 'no', started: 'no' };

describe('what an anonymous client may do with topics', () => {
  it('is to subscribe to all of them and publish to none, if nothing is said', async () => {
    const port = await start();
    const client = await connect(port);
    await subscribe(client, 1, 'a.b');
    expect(await client.request({ id: 2, type: 'tell', data: 'a.b' })).toMatchObject({ ...denied, id: 2 });
    expect(await post(port, { type: 'tell', data: 'a.b' })).toMatchObject({ status: 403 });
    await publish(client, 'a.b', ['from a handler']);
    await untilOffset(client, 1);
    expect(client.frames.filter(({ op }) => op === 'message')).toHaveLength(1);
  });

  it('is what is configured, and a pattern that reaches beyond is refused as a whole', async () => {
    const port = await start({ anonymous: { subscribe: ['news.>', 'room.*', 'one'], publish: ['room.*'] } });
    const client = await connect(port);
    for (const topic of ['news.a', 'news.a.b', 'news.*', 'news.>', 'news.*.b', 'room.1', 'room.*', 'one']) {
      expect([topic, (await subscribe(client, topic, topic)).op]).toEqual([topic, 'subscribed']);
    }
    for (const topic of ['news', 'room', 'room.1.x', 'room.>', '>', '*', '*.a', 'one.a', 'two', 'newsroom.a']) {
      expect([topic, await subscribe(client, topic, topic)]).toEqual([topic, expect.objectContaining(denied)]);
    }
    expect(await client.request({ id: 1, type: 'tell', data: 'room.9' })).toMatchObject({ op: 'end' });
    expect(await client.request({ id: 2, type: 'tell', data: 'news.a' })).toMatchObject(denied);
    await untilOffset(client, 1);
    expect(offsets(client)).toEqual([1]);
  });

  it.each(['', 'a..b', 'a.*', 'a.>', 'a b', 'é', 'x'.repeat(257)])('never is to publish to %j', async (topic) => {
    const client = await connect(await start({ anonymous: { publish: ['>'] } }));
    expect(await client.request({ id: 1, type: 'tell', data: topic })).toMatchObject({ op: 'error' });
    expect(await client.request({ id: 2, type: 'say', data: { topic, all: [1] } })).toMatchObject({ op: 'error' });
  });
});

describe('a subscription', () => {
  it('ends by cancel, with nothing after it, and its id is free again', async () => {
    const client = await connect(await start());
    await subscribe(client, 1, 't');
    await publish(client, 't', [1, 2]);
    await untilOffset(client, 2);
    client.send({ op: 'cancel', id: 1 });
    expect(await client.outcome(1)).toMatchObject({ code: 'cancelled', retry: 'no', started: 'no' });
    await publish(client, 't', [3]);
    await client.request({ id: 2, type: 'echo' });
    expect(client.frames.findLast(({ id }) => id === 1)).toMatchObject({ op: 'error' });
    expect(offsets(client)).toEqual([1, 2]);
    client.send({ op: 'subscribe', id: 1, topic: 't', rewind: 1 });
    await untilOffset(client, 3);
    expect(offsets(client)).toEqual([1, 2, 3]);
  });

  it('shares its ids with events: one that is open is refused without touching it', async () => {
    const client = await connect(await start());
    await subscribe(client, 1, 't');
    client.send({ op: 'event', id: 2, type: 'work', data: 'w' });
    const refusals = () => client.frames.filter(({ code }) => code === 'already_exists');
    const attempts = [
      { op: 'subscribe', id: 1, topic: 'other' },
      { op: 'event', id: 1, type: 'echo' },
      { op: 'subscribe', id: 2, topic: 't' },
    ];
    client.send(attempts);
    await client.until(() => refusals().length === 3 || undefined);
    expect(refusals().map(({ id, details }) => [id, details])).toEqual([1, 1, 2].map((id) => [undefined, { id }]));
    await publish(client, 'other', ['x']);
    await publish(client, 't', [1]);
    await untilOffset(client, 1);
    expect(client.frames.filter(({ op }) => op === 'message')).toMatchObject([{ topic: 't' }]);
    works.get('w').end('done');
    expect(await client.outcome(2)).toMatchObject({ data: 'done' });
    expect(await subscribe(client, '1', 't')).toMatchObject({ op: 'subscribed' });
  });

  it('is one of so many of a session', async () => {
    const port = await start({ session: { subscriptionsMax: 3 } });
    const client = await connect(port);
    for (const id of [1, 2, 3]) expect(await subscribe(client, id, `t.${id}`)).toMatchObject({ op: 'subscribed' });
    expect(await subscribe(client, 4, 't.4')).toMatchObject({
      code: 'resource_exhausted',
      retry: 'backoff',
      started: 'no',
    });
    expect(await subscribe(await connect(port), 1, 't.1')).toMatchObject({ op: 'subscribed' });
    client.send({ op: 'cancel', id: 2 });
    await client.outcome(2);
    expect(await subscribe(client, 5, 't.5')).toMatchObject({ op: 'subscribed' });
  });

  it('is not opened while the gateway drains', async () => {
    const client = await connect(await start());
    client.send({ op: 'event', id: 1, type: 'work', data: 'w' });
    await subscribe(client, 2, 't');
    void gateway.drain();
    await client.next(({ op }) => op === 'goaway');
    expect(await subscribe(client, 3, 't')).toMatchObject({ code: 'unavailable', retry: 'backoff', started: 'no' });
    works.get('w').end();
    expect(await client.outcome(1)).toMatchObject({ op: 'end' });
    expect(await client.untilClosed()).toMatchObject({ code: 4200 });
  });

  it('does not keep a client from asking and being answered, nor use its credit', async () => {
    const client = await connect(await start({ window: { initial: 1, min: 1, max: 1 } }));
    for (let id = 0; id < 50; id += 1) client.send({ op: 'subscribe', id: `s${id}`, topic: `t.${id}` });
    expect(await client.request({ id: 1, type: 'echo' })).toMatchObject({ op: 'end' });
    expect(client.frames.filter(({ op }) => op === 'subscribed')).toHaveLength(50);
  });
});
