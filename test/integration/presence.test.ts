/** Who is there: joins and leaves as told on the companion topic, however a subscriber goes. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { endAll } from '../support/end-all.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { ResumingClient } from '../support/resuming-client.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { startTestGateway } from '../support/test-gateway.js';
import { topicStory } from '../support/topic-story.js';

let gateway: Gateway;
const clients: (TestClient | ResumingClient)[] = [];

interface Told {
  readonly event: 'join' | 'leave';
  readonly count: number;
  readonly member?: unknown;
}

interface Seen {
  readonly count: number;
  readonly members?: readonly unknown[];
}

/** Answers with who is there. */
const look = defineHandler<string>({ type: 'look', handle: ({ data }, context) => context.presence(data) });

const start = async (presence: 'none' | 'count' | 'members', parts: Record<string, unknown> = {}): Promise<number> => {
  gateway = await startTestGateway([look, echo], { topics: { of: { 'room.>': { presence } } }, ...parts });
  return gateway.port;
};

const connect = async (port: number, encoding: 'json' | 'msgpack' = 'json'): Promise<TestClient> => {
  const client = await TestClient.connect(port, { encoding });
  clients.push(client);
  return client;
};

afterEach(() => endAll(gateway, clients.splice(0)));

const subscribe = async (
  client: TestClient | ResumingClient,
  id: number | string,
  topic: string,
  more: object = {},
) => {
  client.send({ op: 'subscribe', id, topic, ...more });
  expect(await client.next((frame) => frame.id === id)).toMatchObject({ op: 'subscribed' });
};

/** One who watches the room, and is not in it. */
const watch = async (port: number, encoding: 'json' | 'msgpack' = 'json'): Promise<TestClient> => {
  const watcher = await connect(port, encoding);
  await subscribe(watcher, 'watch', '_presence.room.1');
  return watcher;
};

const told = (watcher: TestClient): Told[] =>
  watcher.frames.filter(({ op }) => op === 'message').map(({ data }) => data as Told);

/** The count after each change, with a minus for those who left. */
const untilTold = async (watcher: TestClient, expected: readonly string[]): Promise<void> => {
  await watcher.until(() => told(watcher).length >= expected.length || undefined);
  expect(told(watcher).map(({ event, count }) => `${event} ${count}`)).toEqual(expected);
};

let lastId = 0;
const seen = async (client: TestClient): Promise<Seen> => {
  lastId += 1;
  return (await client.request({ id: `look ${lastId}`, type: 'look', data: 'room.1' })).data as Seen;
};

describe('a topic with presence', () => {
  it.each(['json', 'msgpack'] as const)('tells how many there are as they come and go, over %s', async (encoding) => {
    const port = await start('count');
    const watcher = await watch(port, encoding);
    const [first, second] = [await connect(port), await connect(port)];
    await subscribe(first, 1, 'room.1');
    await untilTold(watcher, ['join 1']);
    await subscribe(second, 1, 'room.1', { credit: 1 });
    await untilTold(watcher, ['join 1', 'join 2']);
    await subscribe(second, 2, 'room.2');
    first.send({ op: 'cancel', id: 1 });
    await untilTold(watcher, ['join 1', 'join 2', 'leave 1']);
    await second.close();
    await untilTold(watcher, ['join 1', 'join 2', 'leave 1', 'leave 0']);
    expect(told(watcher)).toEqual([
      { event: 'join', count: 1 },
      { event: 'join', count: 2 },
      { event: 'leave', count: 1 },
      { event: 'leave', count: 0 },
    ]);
    const { offsets, faults } = topicStory(watcher.frames, { topic: '_presence.room.1', id: 'watch' });
    expect({ offsets, faults }).toEqual({ offsets: [1, 2, 3, 4], faults: [] });
  });

  it('tells who they are if it is configured to, and handlers can look', async () => {
    const port = await start('members');
    const watcher = await watch(port);
    const [first, second] = [await connect(port), await connect(port)];
    await subscribe(first, 1, 'room.1');
    await untilTold(watcher, ['join 1']);
    await subscribe(second, 1, 'room.1');
    await untilTold(watcher, ['join 1', 'join 2']);
    const both = await seen(watcher);
    expect(both.count).toBe(2);
    expect(both.members).toHaveLength(2);
    await first.close();
    await untilTold(watcher, ['join 1', 'join 2', 'leave 1']);
    const [one, two, gone] = told(watcher).map(({ member }) => member);
    expect(one).toBeDefined();
    expect(gone).toEqual(one);
    expect(two).not.toEqual(one);
    expect(await seen(watcher)).toEqual({ count: 1, members: [two] });
  });

  it('counts without names where only counts are told', async () => {
    const port = await start('count');
    const client = await connect(port);
    expect((await seen(client)).count).toBe(0);
    await subscribe(client, 1, 'room.1');
    expect(await seen(client)).toEqual({ count: 1 });
  });

  it('says nothing where nothing is to be told', async () => {
    const port = await start('none');
    const watcher = await watch(port);
    const client = await connect(port);
    await subscribe(client, 1, 'room.1');
    client.send({ op: 'cancel', id: 1 });
    await client.outcome(1);
    for (let id = 0; id < 3; id += 1) await watcher.request({ id, type: 'echo' });
    expect(told(watcher)).toEqual([]);
  });

  it('can be followed by a pattern, and read from its history', async () => {
    const port = await start('count');
    const watcher = await connect(port);
    await subscribe(watcher, 1, '_presence.room.*');
    const client = await connect(port);
    for (const room of ['room.1', 'room.2']) await subscribe(client, room, room);
    await watcher.until(() => told(watcher).length >= 2 || undefined);
    const late = await connect(port);
    await subscribe(late, 1, '_presence.room.1', { rewind: 10 });
    await untilTold(late, ['join 1']);
    await client.close();
    await untilTold(late, ['join 1', 'leave 0']);
    await watcher.until(() => told(watcher).length >= 4 || undefined);
    const topics = watcher.frames.filter(({ op }) => op === 'message').map(({ topic }) => topic as string);
    expect(topics.sort()).toEqual(['1', '1', '2', '2'].map((n) => `_presence.room.${n}`));
  });

  it('is right again after many have come and gone at once', async () => {
    const port = await start('count');
    const watcher = await watch(port);
    const crowd = await Promise.all(Array.from({ length: 40 }, () => connect(port)));
    await Promise.all(crowd.map((client) => subscribe(client, 1, 'room.1')));
    const counts = () => told(watcher).map(({ count }) => count as number);
    await watcher.until(() => counts().at(-1) === 40 || undefined);
    const came = counts().length;
    for (const client of crowd) client.socket.terminate();
    await watcher.until(() => counts().at(-1) === 0 || undefined);
    // One for each turn in which there were others.
    expect(counts().slice(0, came)).toEqual([...new Set(counts().slice(0, came))].sort((x, y) => x - y));
    expect(counts().slice(came)).toEqual([...new Set(counts().slice(came))].sort((x, y) => y - x));
    expect((await seen(watcher)).count).toBe(0);
  });
});

describe('a subscriber that is gone without a word', () => {
  it('leaves when its connection breaks', async () => {
    const port = await start('count');
    const watcher = await watch(port);
    const client = await connect(port);
    await subscribe(client, 1, 'room.1');
    client.socket.terminate();
    await untilTold(watcher, ['join 1', 'leave 0']);
  });

  it('leaves when it is no longer heard', async () => {
    const port = await start('count', { listen: { keepAliveMs: 200 } });
    const watcher = await watch(port);
    const raw = await RawSocket.webSocket(port, { 'Sec-WebSocket-Protocol': 'sluice.v1.json' });
    raw.write(clientFrame(opcodes.text, JSON.stringify({ op: 'subscribe', id: 1, topic: 'room.1' })));
    await untilTold(watcher, ['join 1']);
    await untilTold(watcher, ['join 1', 'leave 0']);
    raw.destroy();
  });

  it('leaves at the latest when its session ends, and is there once after it came back', async () => {
    const port = await start('count', { resume: { ms: 300 } });
    const watcher = await watch(port);
    const client = await ResumingClient.connect(port);
    clients.push(client);
    await subscribe(client, 1, 'room.1');
    for (let round = 0; round < 5; round += 1) {
      client.cut();
      expect(await client.resume()).toMatchObject({ resumed: true });
      await client.settled();
      expect(await seen(watcher)).toEqual({ count: 1 });
    }
    client.cut();
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 1, away: 0 }), 5000);
    await watcher.until(() => told(watcher).at(-1)?.count === 0 || undefined);
    const changes = told(watcher).map(({ event, count }) => `${event} ${count}`);
    expect(changes.slice(0, -1).every((change, i) => change === (i % 2 ? 'leave 0' : 'join 1'))).toBe(true);
    expect(changes.at(-1)).toBe('leave 0');
  });

  it('is not shown to itself as somebody else', async () => {
    const port = await start('members');
    const client = await connect(port);
    await subscribe(client, 1, 'room.1');
    await subscribe(client, 2, '_presence.room.1', { rewind: 5 });
    const own = await client.next((frame: Frame) => frame.op === 'message');
    expect(own.data).toMatchObject({ event: 'join', count: 1 });
    expect((await seen(client)).members).toEqual([(own.data as Told).member]);
  });
});
