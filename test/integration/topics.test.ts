/** Topics as their publishers and subscribers see them that only know the protocol's text. */
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { definePublisher } from '../../src/index.js';
import { post } from '../support/http-post.js';
import { range, say } from '../support/say.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { topicStory } from '../support/topic-story.js';

let gateway: Gateway;
const clients: TestClient[] = [];

const tell = definePublisher({
  type: 'tell',
  topic: ({ data }) => (data as { to: string }).to,
  data: ({ data }) => (data as { text: unknown }).text,
  key: ({ key }) => key,
});
const news = definePublisher({ type: 'news', topic: 'news.all' });

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway([say, tell, news, echo], parts);
  return gateway.port;
};

const connect = async (port: number, options: { encoding?: 'json' | 'msgpack'; batch?: boolean } = {}) => {
  const client = await TestClient.connect(port, options);
  clients.push(client);
  return client;
};

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await expectConservation(gateway).finally(() => gateway.close());
});

let lastId = 0;
const publish = async (client: TestClient, topic: string, all: readonly unknown[], keys?: readonly string[]) => {
  lastId += 1;
  const data = { topic, all, ...(keys === undefined ? {} : { keys }) };
  return (await client.request({ id: `say ${lastId}`, type: 'say', data })).data as Frame[];
};

const subscribe = (client: TestClient, id: number | string, topic: string, more: object = {}): Promise<Frame> => {
  client.send({ op: 'subscribe', id, topic, ...more });
  return client.next((frame) => frame.id === id && frame.op !== 'ack');
};

const messages = (client: TestClient): Frame[] => client.frames.filter(({ op }) => op === 'message');
const untilMessages = (client: TestClient, n: number): Promise<unknown> =>
  client.until(() => messages(client).length >= n || undefined);

const settled = (client: TestClient): Promise<unknown> => {
  lastId += 1;
  return client.request({ id: `settled ${lastId}`, type: 'echo' });
};

/** Messages are exactly these, in their order, with nothing left out. */
const expectStory = (client: TestClient, id: number | string, topic: string, offsets: readonly number[]): void =>
  expect(topicStory(client.frames, { topic, id })).toMatchObject({ offsets, gaps: [], repeats: 0, faults: [] });

describe.each(['json', 'msgpack'] as const)('a topic over %s', (encoding) => {
  it('gives its subscribers what is published, with place and key, as it was', async () => {
    const port = await start();
    const [reader, other] = [await connect(port, { encoding }), await connect(port)];
    const at = await subscribe(reader, 1, 'room.1');
    expect(at).toEqual({ op: 'subscribed', id: 1, epoch: expect.anything(), offset: 0, recovered: true });
    const data = { text: 'ünïcode 😀', list: [1, -2.5, null, true], deep: { a: [] } };
    const [first] = await publish(other, 'room.1', [data]);
    expect(first).toEqual({ topic: 'room.1', epoch: at.epoch, offset: 1 });
    await publish(reader, 'room.1', ['two', null], ['k', 'l']);
    await publish(other, 'room.2', ['not for it']);
    await untilMessages(reader, 3);
    await settled(reader);
    expect(messages(reader)).toEqual([
      { op: 'message', topic: 'room.1', offset: 1, data },
      { op: 'message', topic: 'room.1', offset: 2, data: 'two', key: 'k' },
      { op: 'message', topic: 'room.1', offset: 3, data: null, key: 'l' },
    ]);
  });

  it('continues behind an offset, and goes on live without a hole or a message twice', async () => {
    const port = await start();
    const [writer, reader] = [await connect(port), await connect(port, { encoding })];
    const epoch = (await publish(writer, 't', range(1, 600)))[0]?.epoch;
    const at = await subscribe(reader, 1, 't', { from: { epoch, offset: 100 } });
    expect(at).toEqual({ op: 'subscribed', id: 1, epoch, offset: 100, recovered: true });
    await publish(writer, 't', range(601, 700));
    await untilMessages(reader, 600);
    expectStory(reader, 1, 't', range(101, 700));
    expect(messages(reader).map(({ data }) => data)).toEqual(range(101, 700));
  });
});

describe('where a subscription begins', () => {
  it('is the end without more, the last ones with rewind, and never before what is held', async () => {
    const port = await start({ topics: { of: { 't.>': { messages: 10 } } } });
    const client = await connect(port);
    const epoch = (await publish(client, 't.a', range(1, 25)))[0]?.epoch;
    expect(await subscribe(client, 1, 't.a')).toMatchObject({ epoch, offset: 25, recovered: true });
    await publish(client, 't.a', [26]);
    for (const [rewind, first] of [
      [0, 27],
      [1, 26],
      [4, 23],
      [10, 17],
    ] as const) {
      const other = await connect(port);
      expect(await subscribe(other, 1, 't.a', { rewind })).toMatchObject({ epoch, offset: first - 1, recovered: true });
      await untilMessages(other, 27 - first);
      await settled(other);
      expectStory(other, 1, 't.a', range(first, 26));
    }
    const greedy = await connect(port);
    await subscribe(greedy, 1, 't.a', { rewind: 1000 });
    await untilMessages(greedy, 10);
    await publish(client, 't.a', [27]);
    await untilMessages(greedy, 11);
    expect(topicStory(greedy.frames, { topic: 't.a', id: 1 })).toMatchObject({ offsets: range(17, 27), faults: [] });
    expectStory(client, 1, 't.a', [26, 27]);
  });

  it('is the end, and recovered is false, where what was missed cannot be proved', async () => {
    const port = await start();
    const client = await connect(port);
    const epoch = (await publish(client, 't', range(1, 5)))[0]?.epoch;
    for (const from of [
      { epoch: 'another', offset: 2 },
      { epoch, offset: 6 },
      { epoch, offset: 2 ** 40 },
    ]) {
      const other = await connect(port);
      expect(await subscribe(other, 1, 't', { from })).toMatchObject({ epoch, offset: 5, recovered: false });
      await settled(other);
      expect(messages(other)).toEqual([]);
    }
    const last = await connect(port);
    expect(await subscribe(last, 1, 't', { from: { epoch, offset: 5 } })).toMatchObject({ offset: 5, recovered: true });
    await publish(client, 't', [6]);
    for (const each of clients.slice(1)) await untilMessages(each, 1);
    for (const each of clients.slice(1)) expect(messages(each).map(({ offset }) => offset)).toEqual([6]);
  });

  it('tells when history does not reach back so far: nothing partial without saying so', async () => {
    const port = await start({ topics: { messages: 10 } });
    const client = await connect(port);
    const epoch = (await publish(client, 't', range(1, 50)))[0]?.epoch;
    const late = await connect(port);
    const { recovered } = await subscribe(late, 1, 't', { from: { epoch, offset: 20 } });
    await publish(client, 't', [51]);
    await late.next(({ offset, op }) => op === 'message' && offset === 51);
    const { offsets, faults, lost } = topicStory(late.frames, { topic: 't', id: 1 });
    expect(faults).toEqual([]);
    expect({ offsets, lost }).toEqual(recovered ? { offsets: range(41, 51), lost: 20 } : { offsets: [51], lost: 0 });
  });

  it('is a new epoch when the topic was forgotten meanwhile', async () => {
    const port = await start({ topics: { ageMs: 20, idleMs: 20 } });
    const client = await connect(port);
    const epoch = (await publish(client, 't', range(1, 5)))[0]?.epoch;
    let at: Frame | undefined;
    for (let id = 0; at?.recovered !== false; id += 1) {
      // Longer each time: a topic somebody asks for is not idle.
      for (let round = 0; round < 20 * id; round += 1) await settled(client);
      at = await subscribe(client, id, 't', { from: { epoch, offset: 5 } });
      client.send({ op: 'cancel', id });
      await client.outcome(id);
    }
    expect(at.epoch).not.toBe(epoch);
    expect(at.offset).toBe(0);
  });
});

describe('many publishers', () => {
  it('are in one order for all subscribers, whatever they speak', async () => {
    const port = await start();
    const readers = [
      await connect(port),
      await connect(port, { encoding: 'msgpack' }),
      await connect(port, { batch: true }),
      await connect(port, { encoding: 'msgpack', batch: true }),
    ];
    for (const reader of readers) await subscribe(reader, 1, 't');
    const writers = await Promise.all(range(1, 8).map(() => connect(port)));
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let round = 0; round < 10; round += 1)
          await publish(writer, 't', [`${w} ${2 * round}`, `${w} ${2 * round + 1}`]);
      }),
    );
    for (const reader of readers) await untilMessages(reader, 160);
    const [first, ...others] = readers.map((reader) => topicStory(reader.frames, { topic: 't', id: 1 }));
    expect(first).toMatchObject({ offsets: range(1, 160), repeats: 0, faults: [] });
    for (const other of others) expect(other).toEqual(first);
    for (let w = 0; w < 8; w += 1) {
      const own = first?.data.filter((text) => (text as string).startsWith(`${w} `));
      expect(own).toEqual(range(0, 19).map((n) => `${w} ${n}`));
    }
    expect(Math.max(...(readers[2] as TestClient).messageSizes)).toBeGreaterThan(1);
    expect(Math.max(...(readers[0] as TestClient).messageSizes)).toBe(1);
  });
});

describe('a wildcard', () => {
  it.each([
    ['a.*', ['a.b', 'a.c'], ['a', 'a.b.c', 'b.a', 'ab']],
    ['a.>', ['a.b', 'a.b.c', 'a.b.c.d'], ['a', 'b.a', 'ab.c']],
    ['*.b', ['a.b', 'c.b'], ['b', 'a.b.c', 'a.c']],
    ['*.b.>', ['a.b.c', 'x.b.c.d'], ['a.b', 'b.c', 'a.c.b']],
    ['>', ['a', 'a.b', 'x.y.z'], []],
    ['*', ['a', 'b'], ['a.b']],
  ])('%s is live only, and means %j and not %j', async (pattern, fitting, others) => {
    const client = await connect(await start());
    for (const topic of fitting) await publish(client, topic, ['before']);
    const at = await subscribe(client, 1, pattern);
    expect(at).toEqual({ op: 'subscribed', id: 1, recovered: expect.any(Boolean) });
    for (const topic of [...others, ...fitting, 'q.new.one']) await publish(client, topic, [topic]);
    const seen = () => messages(client).filter(({ topic }) => topic !== 'q.new.one');
    await client.until(() => seen().length >= fitting.length || undefined);
    await settled(client);
    expect(seen().map(({ topic, data, offset }) => [topic, data, offset])).toEqual(fitting.map((t) => [t, t, 2]));
    for (const topic of fitting) expectStoryAfter(client, topic, 1);
  });

  const expectStoryAfter = (client: TestClient, topic: string, after: number): void =>
    expect(topicStory(client.frames, { topic, id: 1, after })).toMatchObject({ repeats: 0, faults: [] });

  it.each([{ from: { epoch: 'x', offset: 0 } }, { rewind: 1 }])('with %j is refused', async (more) => {
    const client = await connect(await start());
    expect(await subscribe(client, 1, 'a.>', more)).toMatchObject({
      op: 'error',
      code: 'invalid_argument',
      retry: 'no',
      started: 'no',
    });
    expect(await subscribe(client, 2, 'a.>')).toMatchObject({ op: 'subscribed' });
  });
});

describe('an event whose route publishes', () => {
  it('ends with the place of its message, over HTTP too', async () => {
    const port = await start({ anonymous: { publish: ['>'] } });
    const client = await connect(port, { encoding: 'msgpack' });
    const { epoch } = await subscribe(client, 1, 'room.1');
    const event = { type: 'tell', data: { to: 'room.1', text: { a: 1 } } };
    expect(await client.request({ id: 2, ...event, key: 'k' })).toEqual({
      op: 'end',
      id: 2,
      data: { topic: 'room.1', epoch, offset: 1 },
    });
    expect(await post(port, event)).toMatchObject({ status: 200, body: { topic: 'room.1', epoch, offset: 2 } });
    await untilMessages(client, 2);
    expect(messages(client)).toEqual([
      { op: 'message', topic: 'room.1', offset: 1, data: { a: 1 }, key: 'k' },
      { op: 'message', topic: 'room.1', offset: 2, data: { a: 1 } },
    ]);
    await subscribe(client, 3, 'news.all');
    await client.request({ id: 4, type: 'news', data: 'today' });
    await client.next(({ topic }) => topic === 'news.all');
    expect(messages(client).at(-1)).toMatchObject({ topic: 'news.all', offset: 1, data: 'today' });
  });
});
