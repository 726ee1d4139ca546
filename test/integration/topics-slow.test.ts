/** Subscribers that do not read: nobody else notices, nothing piles up, and what they missed is told exactly. */
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { heapBytes } from '../support/heap.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { ResumingClient } from '../support/resuming-client.js';
import { range } from '../support/say.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { topicStory } from '../support/topic-story.js';

let gateway: Gateway;
const clients: { close(): Promise<void> }[] = [];
const raws: RawSocket[] = [];

const mib = 1024 * 1024;
const messageBytes = 16_384;
const text = 'x'.repeat(messageBytes);
const chunk = 20;

/** Publishes one chunk, each message with the key `k` and its number modulo ten. */
const burst = defineHandler<number>({
  type: 'burst',
  async handle({ data }, context) {
    for (let n = data; n < data + chunk; n += 1) await context.publish('busy', { n, text }, { key: `k${n % 10}` });
  },
});

/** A history that holds everything, and one that holds little. */
const roomy = { messages: 100_000, bytes: 256 * mib };
const scarce = { messages: 50, bytes: mib };

const start = async (topics: object): Promise<number> => {
  gateway = await startTestGateway([burst, echo], { topics: { allBytesMax: 256 * mib, ...topics } });
  return gateway.port;
};

afterEach(async () => {
  const left = clients.splice(0);
  try {
    await expectConservation(gateway);
  } finally {
    for (const raw of raws.splice(0)) raw.destroy();
    for (const client of left) await client.close();
    gateway.close();
  }
});

const connect = async (port: number): Promise<TestClient> => {
  const client = await TestClient.connect(port);
  clients.push(client);
  return client;
};

/** Reads everything at once, and keeps nothing of it but where it stands. */
class Follower {
  last = 0;
  holes = 0;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      if (frame.op === 'gap') this.holes += 1;
      if (frame.op !== 'message') return;
      if (frame.offset !== this.last + 1) this.holes += 1;
      this.last = frame.offset as number;
      this.#changed();
    });
  }

  static async open(port: number): Promise<Follower> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, 'sluice.v1.json');
    await once(socket, 'open');
    const follower = new Follower(socket);
    socket.send(JSON.stringify({ op: 'subscribe', id: 1, topic: 'busy' }));
    clients.push({ close: async () => socket.terminate() });
    return follower;
  }

  async until(offset: number): Promise<void> {
    while (this.last < offset) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    if (this.#socket.readyState !== WebSocket.OPEN) throw new Error('the follower was closed');
  }

  #changed: () => void = () => undefined;
}

/** Publishes so many chunks, each when the follower has the one before. @returns milliseconds that each took to arrive */
async function publish(writer: TestClient, follower: Follower, chunks: number): Promise<number[]> {
  const tookMs: number[] = [];
  for (let i = 0; i < chunks; i += 1) {
    const { last } = follower;
    const startedAtMs = performance.now();
    writer.send({ op: 'event', type: 'burst', data: last + 1 });
    await follower.until(last + chunk);
    tookMs.push(performance.now() - startedAtMs);
  }
  return tookMs;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Everything this process holds, in which gateway and clients live, but what is garbage. */
const heldBytes = (): number => heapBytes() + process.memoryUsage().external;

const subscribed = async (port: number, more: object = {}): Promise<TestClient> => {
  const client = await connect(port);
  client.send({ op: 'subscribe', id: 1, topic: 'busy', ...more });
  await client.next(({ op }) => op === 'subscribed');
  return client;
};

const untilMessage = (client: TestClient | ResumingClient, n: number): Promise<Frame> =>
  client.next(({ op, offset }) => op === 'message' && offset === n, 15_000);

describe('a subscriber whose connection takes nothing', () => {
  it('neither delays the others nor costs memory that grows, and is not closed', async () => {
    const port = await start(scarce);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const alone = await publish(writer, follower, 150);
    const [heldAlone, rssAlone] = [heldBytes(), process.memoryUsage().rss];
    for (let n = 0; n < 3; n += 1) {
      const raw = await RawSocket.webSocket(port, { 'Sec-WebSocket-Protocol': 'sluice.v1.json' });
      raws.push(raw);
      raw.socket.pause();
      raw.write(clientFrame(opcodes.text, JSON.stringify({ op: 'subscribe', id: 1, topic: 'busy' })));
    }
    await vi.waitFor(() => expect(gateway.inUse().sessions).toBe(5));
    const beside = await publish(writer, follower, 300);
    // 94 MiB were published: each of the three lags by that, less what is in the buffers of the kernel.
    const [grown, grownRss] = [heldBytes() - heldAlone, process.memoryUsage().rss - rssAlone];
    expect(grown).toBeLessThan(16 * mib);
    expect(grownRss).toBeLessThan(48 * mib);
    expect(follower.holes).toBe(0);
    expect(median(beside)).toBeLessThan(2 * median(alone) + 5);
    expect(Math.max(...beside)).toBeLessThan(Math.max(500, 3 * Math.max(...alone)));
    expect(gateway.inUse().sessions).toBe(5);
    expect(gateway.counters.closedBy.size).toBe(0);
  });

  it('gets everything after all, in order, if history still holds it', async () => {
    const port = await start(roomy);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const slow = await subscribed(port);
    slow.socket.pause();
    await publish(writer, follower, 60);
    slow.socket.resume();
    await untilMessage(slow, 60 * chunk);
    const story = topicStory(slow.frames, { topic: 'busy', id: 1 });
    expect(story).toMatchObject({ offsets: range(1, 60 * chunk), gaps: [], repeats: 0, faults: [] });
    expect(await slow.request({ id: 2, type: 'echo', data: 'well' })).toMatchObject({ data: 'well' });
  });

  it('gets what is held, behind a gap that tells exactly what is not, and is live again', async () => {
    const port = await start(scarce);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const slow = await subscribed(port);
    for (let round = 1; round <= 2; round += 1) {
      slow.socket.pause();
      await publish(writer, follower, 60);
      slow.socket.resume();
      await untilMessage(slow, round * 60 * chunk);
      const story = topicStory(slow.frames, { topic: 'busy', id: 1 });
      expect(story).toMatchObject({ repeats: 0, faults: [] });
      expect(story.gaps.length).toBeGreaterThanOrEqual(round);
      expect(story.lost).toBe(round * 60 * chunk - story.offsets.length);
      const behind = (story.gaps.at(-1)?.to as number) + 1;
      expect(story.offsets.slice(behind - round * 60 * chunk - 1)).toEqual(range(behind, round * 60 * chunk));
    }
    for (const gap of slow.frames.filter(({ op }) => op === 'gap')) {
      expect(gap).not.toHaveProperty('id');
      expect(gap).toMatchObject({ reason: expect.stringMatching(/^(?:dropped|expired)$/) });
    }
  });

  it('gets the newest of each key and one gap, if that is all it wants', async () => {
    const port = await start(roomy);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const slow = await subscribed(port, { overflow: 'latest' });
    slow.socket.pause();
    await publish(writer, follower, 60);
    slow.socket.resume();
    const total = 60 * chunk;
    await untilMessage(slow, total);
    const story = topicStory(slow.frames, { topic: 'busy', id: 1 });
    expect(story).toMatchObject({ repeats: 0, faults: [] });
    expect(story.offsets.slice(-10)).toEqual(range(total - 9, total));
    expect(story.gaps).toHaveLength(1);
    expect(story.gaps[0]).toMatchObject({ reason: 'conflated', topic: 'busy' });
    expect(story.gaps[0]?.from).toBe((story.offsets.at(-11) ?? 0) + 1);
  });

  it('is answered while it lags, as soon as it reads, and other topics are not lost behind the busy one', async () => {
    const port = await start(scarce);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const slow = await subscribed(port);
    slow.socket.pause();
    await publish(writer, follower, 60);
    slow.send({ op: 'event', id: 2, type: 'echo', data: 'asked' });
    slow.send({ op: 'subscribe', id: 3, topic: 'busy.not', credit: 1 });
    await vi.waitFor(() => expect(gateway.counters.succeeded).toBe(61));
    slow.socket.resume();
    expect(await slow.outcome(2)).toMatchObject({ data: 'asked' });
    expect(await slow.next(({ id }) => id === 3)).toMatchObject({ op: 'subscribed' });
    await untilMessage(slow, 60 * chunk);
  });
});

describe('a subscriber that reads a little at a time', () => {
  it('goes on from gap to gap, and each tells the truth', async () => {
    const port = await start(scarce);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const slow = await subscribed(port);
    for (let round = 0; round < 8; round += 1) {
      slow.socket.pause();
      await publish(writer, follower, 15);
      const had = slow.frames.length;
      slow.socket.resume();
      await slow.until(() => slow.frames.length > had + 5 || undefined);
    }
    await untilMessage(slow, 8 * 15 * chunk);
    expect(topicStory(slow.frames, { topic: 'busy', id: 1 })).toMatchObject({ repeats: 0, faults: [] });
  });
});

describe('a subscriber that is cut off while it lags', () => {
  it.each(['json', 'msgpack'] as const)('has on its return what is held, and exact gaps, in %s', async (encoding) => {
    const port = await start(scarce);
    const [writer, follower] = [await connect(port), await Follower.open(port)];
    const slow = await ResumingClient.connect(port, { encoding });
    clients.push(slow);
    slow.send({ op: 'subscribe', id: 1, topic: 'busy' });
    await slow.next(({ op }) => op === 'subscribed');
    for (let round = 1; round <= 3; round += 1) {
      slow.stopReading();
      await publish(writer, follower, 40);
      slow.cut();
      expect(await slow.resume()).toMatchObject({ resumed: true, received: 1 });
      await untilMessage(slow, round * 40 * chunk);
    }
    const story = topicStory(slow.frames, { topic: 'busy', id: 1, wasCut: true });
    expect(story.faults).toEqual([]);
    expect(story.offsets.length + story.lost).toBe(3 * 40 * chunk);
    expect(slow.faults).toEqual([]);
  });
});
