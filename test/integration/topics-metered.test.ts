/** Subscriptions with credit: as many messages as were allowed, and for the others what their policy says. */
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { range, say } from '../support/say.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { type TopicStory, topicStory } from '../support/topic-story.js';

let gateway: Gateway;
const clients: TestClient[] = [];

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway([say, echo], parts);
  return gateway.port;
};

const connect = async (port: number, encoding: 'json' | 'msgpack' = 'json'): Promise<TestClient> => {
  const client = await TestClient.connect(port, { encoding });
  clients.push(client);
  return client;
};

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await expectConservation(gateway).finally(() => gateway.close());
});

let lastId = 0;
/** Publishes numbers, keyed by their last digit, in turns of their own. */
const publish = async (client: TestClient, from: number, to: number): Promise<Frame[]> => {
  const places: Frame[] = [];
  for (let first = from; first <= to; first += 10) {
    const all = range(first, Math.min(to, first + 9));
    lastId += 1;
    const data = { topic: 't', all, keys: all.map((n) => `k${n % 10}`) };
    places.push(...((await client.request({ id: `say ${lastId}`, type: 'say', data })).data as Frame[]));
  }
  return places;
};

const subscribe = async (client: TestClient, id: number | string, more: object): Promise<Frame> => {
  client.send({ op: 'subscribe', id, topic: 't', ...more });
  return client.next((frame) => frame.id === id && ['subscribed', 'error'].includes(frame.op));
};

const pull = (client: TestClient, id: number | string, max: number): void => client.send({ op: 'pull', id, max });

const story = (client: TestClient, id: number | string = 1): TopicStory =>
  topicStory(client.frames, { topic: 't', id, isMetered: true });

const untilMessages = (client: TestClient, n: number, id: number | string = 1): Promise<unknown> =>
  client.until(() => story(client, id).offsets.length >= n || undefined);

/** What was sent is answered, and turns of the gateway's loop have passed since. */
const settled = async (client: TestClient): Promise<void> => {
  for (let round = 0; round < 3; round += 1) {
    lastId += 1;
    await client.request({ id: `settled ${lastId}`, type: 'echo' });
  }
};

describe.each(['json', 'msgpack'] as const)('a subscription with credit, in %s', (encoding) => {
  it('gets as many messages as it allows, each with its id, and pull adds to that and never lowers it', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port, encoding)];
    const at = await subscribe(reader, 1, { credit: 3 });
    expect(at).toEqual({ op: 'subscribed', id: 1, epoch: expect.anything(), offset: 0, recovered: true });
    await publish(writer, 1, 10);
    for (const [max, come] of [
      [0, 3],
      [4, 4],
      [2, 4],
      [9, 9],
      [1000, 10],
    ] as const) {
      pull(reader, 1, max);
      await untilMessages(reader, come);
      await settled(reader);
      expect(story(reader)).toMatchObject({ offsets: range(1, come), gaps: [], repeats: 0, faults: [] });
    }
    expect(reader.framesOf(1)[1]).toEqual({ op: 'message', id: 1, topic: 't', offset: 1, data: 1, key: 'k1' });
    await publish(writer, 11, 12);
    await untilMessages(reader, 12);
    expect(reader.frames.filter(({ op, id }) => op === 'message' && id !== 1)).toEqual([]);
  });

  it('without any gets nothing until it asks, from where it began', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port, encoding)];
    const [{ epoch } = { epoch: undefined }] = await publish(writer, 1, 20);
    await subscribe(reader, 1, { credit: 0, from: { epoch, offset: 5 } });
    await subscribe(reader, 'b', { credit: 0, rewind: 2 });
    await publish(writer, 21, 30);
    await settled(reader);
    expect(reader.frames.filter(({ op }) => op === 'message')).toEqual([]);
    pull(reader, 1, 100);
    pull(reader, 'b', 4);
    await untilMessages(reader, 25);
    await untilMessages(reader, 4, 'b');
    await settled(reader);
    expect(story(reader)).toMatchObject({ offsets: range(6, 30), gaps: [], faults: [] });
    expect(story(reader, 'b')).toMatchObject({ offsets: range(19, 22), gaps: [], faults: [] });
  });
});

describe('messages beyond the credit', () => {
  it('wait in history, and what that no longer holds is a gap', async () => {
    const port = await start({ topics: { messages: 20 } });
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 1, { credit: 5 });
    await publish(writer, 1, 100);
    pull(reader, 1, 10);
    await untilMessages(reader, 10);
    await settled(reader);
    const { offsets, gaps, faults, lost } = story(reader);
    expect({ offsets, faults, lost }).toEqual({ offsets: [...range(1, 5), ...range(81, 85)], faults: [], lost: 75 });
    expect(gaps).toEqual([
      {
        op: 'gap',
        id: 1,
        topic: 't',
        from: 6,
        to: 80,
        count: 75,
        reason: expect.stringMatching(/^(?:dropped|expired)$/),
      },
    ]);
  });

  it('(latest) are the newest of each key, behind one gap that counts the others', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 1, { credit: 2, overflow: 'latest' });
    await publish(writer, 1, 2);
    await untilMessages(reader, 2);
    await publish(writer, 3, 95);
    await settled(reader);
    pull(reader, 1, 100);
    await untilMessages(reader, 12);
    await settled(reader);
    const { offsets, gaps, faults } = story(reader);
    expect({ offsets, faults }).toEqual({ offsets: [1, 2, ...range(86, 95)], faults: [] });
    expect(gaps.length).toBe(1);
    expect(gaps[0]).toMatchObject({ id: 1, topic: 't', from: 3, count: 83, reason: 'conflated' });
    await publish(writer, 96, 100);
    await untilMessages(reader, 17);
    expect(story(reader)).toMatchObject({ gaps, faults: [] });
  });

  it('(latest) are superseded for as long as they wait', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 1, { credit: 0, overflow: 'latest' });
    let max = 0;
    for (let round = 0; round < 6; round += 1) {
      await publish(writer, 1 + 40 * round, 40 + 40 * round);
      max += 3;
      pull(reader, 1, max);
      await untilMessages(reader, max);
      await settled(reader);
      const { offsets, faults } = story(reader);
      expect(faults).toEqual([]);
      expect(offsets).toHaveLength(max);
      for (const offset of offsets.slice(-3)) expect(offset).toBeGreaterThan(40 * round + 30);
    }
    pull(reader, 1, 1000);
    await reader.next(({ op, offset }) => op === 'message' && offset === 240);
    const { faults, offsets, lost } = story(reader);
    expect(faults).toEqual([]);
    expect(offsets.length + lost).toBe(240);
  });

  it('(drop) are the newest ones, behind a gap', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 1, { credit: 2, overflow: 'drop' });
    await publish(writer, 1, 2);
    await untilMessages(reader, 2);
    await publish(writer, 3, 300);
    await settled(reader);
    pull(reader, 1, 1000);
    await reader.next(({ op, offset }) => op === 'message' && offset === 300);
    const { offsets, gaps, faults, lost } = story(reader);
    expect(faults).toEqual([]);
    // No more than 32 wait.
    expect(offsets).toEqual([1, 2, ...range(300 - offsets.length + 3, 300)]);
    expect(offsets.length).toBeGreaterThan(2);
    expect(offsets.length).toBeLessThanOrEqual(2 + 32);
    expect(lost).toBe(300 - offsets.length);
    for (const gap of gaps) expect(gap).toMatchObject({ id: 1, topic: 't', reason: 'dropped' });
  });

  it('(close) end it with the reason', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 1, { credit: 2, overflow: 'close' });
    await subscribe(reader, 2, { credit: 500, overflow: 'close' });
    await publish(writer, 1, 300);
    expect(await reader.outcome(1)).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', retry: 'backoff' });
    await untilMessages(reader, 300, 2);
    await settled(reader);
    expect(reader.framesOf(1).at(-1)).toMatchObject({ op: 'error' });
    expect(story(reader)).toMatchObject({ offsets: [1, 2], faults: [] });
    expect(story(reader, 2)).toMatchObject({ offsets: range(1, 300), gaps: [], faults: [] });
    expect(await subscribe(reader, 1, { credit: 1 })).toMatchObject({ offset: expect.any(Number) });
  });
});

describe('a subscription that must not fall behind', () => {
  it('ends after one burst, too, of which its credit covers the beginning', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 1, { credit: 2, overflow: 'close' });
    await writer.request({ id: 1, type: 'say', data: { topic: 't', all: range(1, 400) } });
    expect(await reader.outcome(1)).toMatchObject({ code: 'resource_exhausted', reason: 'overflow' });
    expect(story(reader).offsets).toEqual([1, 2]);
  });
});

describe('a session with several subscriptions', () => {
  it('to the same topic has each at its own pace, beside one without credit', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    await subscribe(reader, 'all', {});
    await subscribe(reader, 'a', { credit: 1 });
    await subscribe(reader, 'b', { credit: 5 });
    await publish(writer, 1, 10);
    pull(reader, 'all', 1);
    pull(reader, 'a', 3);
    await untilMessages(reader, 3, 'a');
    await untilMessages(reader, 5, 'b');
    await reader.until(() => topicStory(reader.frames, { topic: 't', id: 'all' }).offsets.length === 10 || undefined);
    await settled(reader);
    expect(story(reader, 'a').offsets).toEqual([1, 2, 3]);
    expect(story(reader, 'b').offsets).toEqual([1, 2, 3, 4, 5]);
    reader.send({ op: 'cancel', id: 'b' });
    expect(await reader.outcome('b')).toMatchObject({ code: 'cancelled', started: 'no' });
    pull(reader, 'a', 10);
    pull(reader, 'b', 10);
    await untilMessages(reader, 10, 'a');
    await settled(reader);
    expect(story(reader, 'b').offsets).toHaveLength(5);
    for (const id of ['a', 'b']) expect(story(reader, id)).toMatchObject({ gaps: [], repeats: 0, faults: [] });
  });

  it('to patterns has credit for all their topics together', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port)];
    reader.send({ op: 'subscribe', id: 1, topic: 'room.*', credit: 3 });
    await reader.next(({ op }) => op === 'subscribed');
    const came = () => reader.framesOf(1).filter(({ op }) => op === 'message');
    for (const [n, topic] of ['room.a', 'room.b', 'room.a', 'room.c', 'room.b'].entries()) {
      await writer.request({ id: n, type: 'say', data: { topic, all: [n] } });
    }
    await settled(reader);
    expect(came()).toHaveLength(3);
    pull(reader, 1, 5);
    await reader.until(() => came().length >= 5 || undefined);
    expect(
      came()
        .map(({ data }) => data)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4]);
    for (const topic of ['room.a', 'room.b', 'room.c']) {
      const { faults, gaps } = topicStory(reader.frames, { topic, id: 1, isMetered: true, after: 0 });
      expect({ faults, gaps }).toEqual({ faults: [], gaps: [] });
    }
  });
});
