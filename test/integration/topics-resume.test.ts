/** Subscriptions over cut connections: they stay, and what was published meanwhile comes or is told. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { endAll } from '../support/end-all.js';
import { ResumingClient } from '../support/resuming-client.js';
import { range, say } from '../support/say.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { startTestGateway } from '../support/test-gateway.js';
import { type TopicStory, topicStory } from '../support/topic-story.js';

let gateway: Gateway;
const clients: (TestClient | ResumingClient)[] = [];

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway([say, echo], parts);
  return gateway.port;
};

const connect = async (port: number): Promise<TestClient> => {
  const client = await TestClient.connect(port);
  clients.push(client);
  return client;
};

const resumable = async (port: number, encoding: 'json' | 'msgpack'): Promise<ResumingClient> => {
  const client = await ResumingClient.connect(port, { encoding });
  clients.push(client);
  return client;
};

afterEach(() => endAll(gateway, clients.splice(0)));

let lastId = 0;
/** Publishes, keyed by the last digit, ten in a turn. */
const publish = async (client: TestClient, topic: string, numbers: readonly number[]): Promise<void> => {
  for (let i = 0; i < numbers.length; i += 10) {
    const all = numbers.slice(i, i + 10);
    lastId += 1;
    const data = { topic, all, keys: all.map((n) => `k${n % 10}`) };
    await client.request({ id: `say ${lastId}`, type: 'say', data });
  }
};

const subscribe = (client: ResumingClient, id: number, topic: string, more: object = {}): Promise<Frame> => {
  client.send({ op: 'subscribe', id, topic, ...more });
  return client.next((frame) => frame.id === id && ['subscribed', 'error'].includes(frame.op));
};

const untilOffset = (client: ResumingClient, offset: number): Promise<Frame> =>
  client.next((frame) => frame.op === 'message' && frame.offset === offset);

const pull = (client: ResumingClient, max: number): void => client.send({ op: 'pull', id: 1, max });

/** Of a subscription with credit. */
const story = (client: ResumingClient): TopicStory =>
  topicStory(client.frames, { topic: 't', id: 1, isMetered: true, wasCut: true });

const untilMessages = (client: ResumingClient, n: number): Promise<unknown> =>
  client.until(() => story(client).offsets.length >= n || undefined);

describe.each(['json', 'msgpack'] as const)('a subscription over a cut connection, in %s', (encoding) => {
  it('stays, and what was published meanwhile comes', async () => {
    const port = await start();
    const writer = await connect(port);
    const reader = await resumable(port, encoding);
    await subscribe(reader, 1, 't');
    await subscribe(reader, 2, 'w.*');
    let last = 0;
    for (let round = 0; round < 5; round += 1) {
      await publish(writer, 't', range(last + 1, last + 20));
      if (round % 2 === 0) await untilOffset(reader, last + 10);
      reader.cut();
      await publish(writer, 't', range(last + 21, last + 60));
      await publish(writer, 'w.x', [round]);
      expect(await reader.resume()).toMatchObject({ resumed: true, received: 2 });
      last += 60;
      await untilOffset(reader, last);
    }
    await publish(writer, 't', [last + 1]);
    await untilOffset(reader, last + 1);
    const story = topicStory(reader.frames, { topic: 't', id: 1 });
    expect(story).toMatchObject({ offsets: range(1, last + 1), gaps: [], faults: [] });
    expect(story.data).toEqual(range(1, last + 1));
    expect(reader.frames.filter(({ op }) => op === 'subscribed')).toHaveLength(2);
    await vi.waitFor(() =>
      expect(topicStory(reader.frames, { topic: 'w.x', id: 2, after: 0 })).toMatchObject({
        data: range(0, 4),
        faults: [],
      }),
    );
  });

  it('that history does not reach across has a gap of the right size', async () => {
    const port = await start({ topics: { messages: 10 } });
    const writer = await connect(port);
    const reader = await resumable(port, encoding);
    await subscribe(reader, 1, 't');
    await publish(writer, 't', range(1, 5));
    await untilOffset(reader, 5);
    reader.cut();
    for (let round = 0; round < 5; round += 1) await publish(writer, 't', range(6 + 20 * round, 25 + 20 * round));
    expect(await reader.resume()).toMatchObject({ resumed: true });
    await untilOffset(reader, 105);
    await publish(writer, 't', [106]);
    await untilOffset(reader, 106);
    const { offsets: seen, gaps, faults, lost } = topicStory(reader.frames, { topic: 't', id: 1, wasCut: true });
    expect(faults).toEqual([]);
    expect(seen).toEqual([...range(1, 5), ...range(96, 106)]);
    expect(lost).toBe(90);
    expect(gaps).toMatchObject([{ op: 'gap', topic: 't', to: 95, s: 2 }]);
    expect(gaps[0]).not.toHaveProperty('id');
  });

  it('loses nothing that was on its way and never read', async () => {
    const port = await start();
    const writer = await connect(port);
    const reader = await resumable(port, encoding);
    await subscribe(reader, 1, 't');
    for (let round = 0; round < 3; round += 1) {
      reader.stopReading();
      await publish(writer, 't', range(1 + 40 * round, 40 + 40 * round));
      await writer.request({ id: `round ${round}`, type: 'echo' });
      reader.cut();
      expect(await reader.resume()).toMatchObject({ resumed: true });
    }
    await untilOffset(reader, 120);
    expect(topicStory(reader.frames, { topic: 't', id: 1 })).toMatchObject({
      offsets: range(1, 120),
      gaps: [],
      faults: [],
    });
  });

  it('can be ended by what was sent before the cut, or after', async () => {
    const port = await start();
    const reader = await resumable(port, encoding);
    await subscribe(reader, 1, 't');
    await subscribe(reader, 2, 'u');
    reader.send({ op: 'cancel', id: 1 });
    reader.cut();
    await reader.resume();
    reader.resend();
    reader.send({ op: 'cancel', id: 2 });
    for (const id of [1, 2]) expect(await reader.outcome(id)).toMatchObject({ code: 'cancelled', started: 'no' });
    expect(reader.numbered()).toHaveLength(4);
  });
});

describe.each(['json', 'msgpack'] as const)('a subscription with credit over a cut connection, in %s', (encoding) => {
  it('it keeps its credit, and what was on its way comes without being asked for again', async () => {
    const port = await start();
    const writer = await connect(port);
    const reader = await resumable(port, encoding);
    await subscribe(reader, 1, 't', { credit: 10 });
    await publish(writer, 't', range(1, 4));
    await untilMessages(reader, 4);
    reader.stopReading();
    await publish(writer, 't', range(5, 30));
    reader.cut();
    expect(await reader.resume()).toMatchObject({ resumed: true, received: 1 });
    await untilMessages(reader, 10);
    await reader.settled();
    expect(story(reader)).toMatchObject({ offsets: range(1, 10), gaps: [], faults: [] });
    for (let max = 15; max <= 40; max += 5) {
      pull(reader, max);
      reader.cut();
      await publish(writer, 't', range(max + 16, max + 20));
      await reader.resume();
      reader.resend();
      await untilMessages(reader, max);
      await reader.settled();
      expect(story(reader)).toMatchObject({ offsets: range(1, max), gaps: [], faults: [] });
    }
  });

  it('it is told of what was conflated while its client was away', async () => {
    const port = await start();
    const writer = await connect(port);
    const reader = await resumable(port, encoding);
    await subscribe(reader, 1, 't', { credit: 1000, overflow: 'latest' });
    await publish(writer, 't', range(1, 5));
    await untilMessages(reader, 5);
    reader.cut();
    await publish(writer, 't', range(6, 200));
    expect(await reader.resume()).toMatchObject({ resumed: true });
    await reader.next(({ op, offset }) => op === 'message' && offset === 200);
    await publish(writer, 't', [201]);
    await reader.next(({ op, offset }) => op === 'message' && offset === 201);
    const { offsets, gaps } = story(reader);
    expect(offsets.slice(-11)).toEqual(range(191, 201));
    for (const gap of gaps) expect(gap).toMatchObject({ id: 1, topic: 't', reason: 'conflated' });
    const missing = range(6, 190).filter((offset) => !offsets.includes(offset));
    const told = gaps.map(({ from, to }) => ({ from: from as number, to: to as number }));
    expect(missing.filter((offset) => !told.some(({ from, to }) => from <= offset && offset <= to))).toEqual([]);
  });
});
