/** Result streams over cut connections: no hole, no item twice, no more than was asked for. */
import { Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { count, echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, item } from '../../src/index.js';
import { endAll } from '../support/end-all.js';
import { ResumingClient } from '../support/resuming-client.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;
/** Items that handlers were asked for. */
let produced = 0;
/** What became of the iterators of `rows`. */
let endings: string[] = [];
/** Emits by hand. */
let emitter: ((n: number) => void) | undefined;
const clients: ResumingClient[] = [];

const rows = defineHandler<number>({
  type: 'rows',
  async *handle({ data }, { signal }) {
    let ending = 'returned';
    try {
      for (let n = 1; n <= data; n += 1) {
        produced += 1;
        yield item({ n, text: 'x'.repeat(100) }, { key: `k${n % 5}` });
      }
      ending = 'finished';
    } finally {
      endings.push(signal.aborted ? 'aborted' : ending);
    }
  },
});

const live = defineHandler({
  type: 'live',
  handle: () =>
    new Observable<unknown>((subscriber) => {
      emitter = (n) => subscriber.next(item(n, { key: `k${n % 5}` }));
    }),
});

const start = async (parts: Record<string, unknown> = {}): Promise<number> => {
  produced = 0;
  endings = [];
  emitter = undefined;
  gateway = await startTestGateway([rows, live, count, echo], parts);
  return gateway.port;
};

const connect = async (port: number, options?: { encoding?: 'json' | 'msgpack'; batch?: boolean }) => {
  const client = await ResumingClient.connect(port, options);
  clients.push(client);
  return client;
};

afterEach(() => endAll(gateway, clients.splice(0)));

const emit = (n: number): void => {
  if (emitter === undefined) throw new Error('nobody has subscribed yet');
  emitter(n);
};

const numbers = (client: ResumingClient, id: unknown = 1): unknown[] =>
  client
    .framesOf(id)
    .filter(({ op }) => op === 'item')
    .map(({ n }) => n);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

const expectItems = (client: ResumingClient, n: number, id: unknown = 1): void =>
  expect(numbers(client, id)).toEqual(upTo(n));

const untilItem = (client: ResumingClient, n: number): Promise<unknown> =>
  client.until(() => (numbers(client).length >= n ? true : undefined));

/** Lets the gateway do what it will: another client has its answers, until nothing more is produced. */
async function untilQuiet(port: number): Promise<void> {
  const other = await TestClient.connect(port);
  for (let seen = -1, id = 0; seen !== produced; ) {
    seen = produced;
    for (let round = 0; round < 100; round += 1, id += 1) await other.request({ id, type: 'echo' });
  }
  await other.close();
}

describe.each(['json', 'msgpack'] as const)('a stream over a cut connection, in %s', (encoding) => {
  it('goes on where it was, with the credit it had', async () => {
    const client = await connect(await start(), { encoding });
    client.send({ op: 'event', id: 1, type: 'rows', data: 30, credit: 3 });
    await untilItem(client, 3);
    client.send({ op: 'pull', id: 1, max: 10 });
    await untilItem(client, 10);
    client.cut();
    expect(await client.resume()).toMatchObject({ resumed: true, received: 2 });
    await untilQuiet(gateway.port);
    await client.settled();
    expectItems(client, 10);
    expect(produced).toBeLessThanOrEqual(11);
    client.send({ op: 'pull', id: 1, max: 30 });
    expect(await client.outcome(1)).toMatchObject({ op: 'end', n: 30 });
    expectItems(client, 30);
    expect(endings).toEqual(['finished']);
  });

  it('holds while its client is away, however much credit it has, and does not lose an item', async () => {
    const port = await start({ resume: { bytesMax: 8 * 1024 * 1024 } });
    const client = await connect(port, { encoding, batch: true });
    const total = 20_000;
    client.send({ op: 'event', id: 1, type: 'rows', data: total, credit: total });
    await untilItem(client, 100);
    client.cut();
    await untilQuiet(port);
    const held = produced;
    expect(held).toBeLessThan(total);
    await untilQuiet(port);
    expect(produced).toBe(held);
    expect(await client.resume()).toMatchObject({ resumed: true });
    let acknowledged = 0;
    await client.until(() => {
      if (client.received - acknowledged >= 64) client.acknowledge();
      acknowledged = client.received;
      return client.framesOf(1).at(-1)?.op === 'end' || undefined;
    });
    expectItems(client, total);
  });

  it('comes without hole and without an item twice, wherever it is cut', async () => {
    const client = await connect(await start(), { encoding });
    const total = 2000;
    client.send({ op: 'event', id: 1, type: 'rows', data: total, credit: 10 });
    let pulled = 10;
    for (let round = 1; numbers(client).length < total; round += 1) {
      const wanted = Math.min(total, numbers(client).length + ((round * 37) % 101));
      while (numbers(client).length < wanted) {
        if (pulled < wanted) {
          pulled = Math.min(total, wanted + ((round * 13) % 29));
          client.send({ op: 'pull', id: 1, max: pulled });
        }
        await untilItem(client, Math.min(wanted, pulled));
      }
      // Sent, and mostly lost with the connection.
      client.send({ op: 'pull', id: 1, max: pulled + 5 });
      pulled += 5;
      client.cut();
      expect(await client.resume(round % 3 ? {} : { received: Math.max(client.received - 3, 0) })).toMatchObject({
        resumed: true,
      });
      client.resend();
      if (round % 4 === 0) client.acknowledge(Math.max(client.received - 20, 0));
    }
    expect(await client.outcome(1)).toMatchObject({ op: 'end', n: total });
    expectItems(client, total);
    expect(produced).toBe(total);
  });
});

describe('what becomes of a stream while its client is away', () => {
  it('if all of it was sent, it comes again as far as it was not received', async () => {
    const client = await connect(await start());
    client.send({ op: 'event', id: 1, type: 'rows', data: 5, credit: 5 });
    await client.outcome(1);
    client.cut();
    await client.resume({ received: 2 });
    await client.until(() => (client.frames && client.repeats === 4) || undefined);
    expectItems(client, 5);
  });

  it('what was taken back before: cancelled on return, its handler is told', async () => {
    const client = await connect(await start());
    client.send({ op: 'event', id: 1, type: 'rows', data: 100, credit: 5 });
    await untilItem(client, 5);
    client.cut();
    await client.resume();
    client.send({ op: 'cancel', id: 1 });
    expect(await client.outcome(1)).toMatchObject({ op: 'error', code: 'cancelled', started: 'maybe' });
    await vi.waitFor(() => expect(endings).toHaveLength(1));
    expectItems(client, 5);
  });

  it('nothing, when the session ends: its handler is told, and its credit returns', async () => {
    const client = await connect(await start({ resume: { ms: 100 } }));
    client.send({ op: 'event', id: 1, type: 'rows', data: 100, credit: 5 });
    await untilItem(client, 5);
    client.cut();
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, away: 0, events: 0, credit: 0 }), 5000);
    await vi.waitFor(() => expect(endings).toHaveLength(1));
    expect(await client.resume()).toMatchObject({ resumed: false });
    expect(await client.request({ id: 1, type: 'echo', data: 'new' })).toEqual({ op: 'end', id: 1, data: 'new', s: 1 });
  });

  it('those of many streams and requests at once, each in its order', async () => {
    const client = await connect(await start(), { batch: true });
    for (let id = 1; id <= 20; id += 1) client.send({ op: 'event', id, type: 'rows', data: 50, credit: id });
    for (let round = 0; round < 5; round += 1) {
      await client.until(() => client.frames.length > round * 30 || undefined);
      client.cut();
      expect(await client.resume()).toMatchObject({ resumed: true });
      client.resend();
      for (let id = 1; id <= 20; id += 1) client.send({ op: 'pull', id, max: id + 10 * (round + 1) });
    }
    for (let id = 1; id <= 20; id += 1) expect(await client.outcome(id)).toMatchObject({ op: 'end', n: 50 });
    for (let id = 1; id <= 20; id += 1) expectItems(client, 50, id);
  });
});

describe('a stream that does not wait', () => {
  /** What came and what was announced as not coming. */
  const accounted = (frames: readonly Frame[]): number =>
    frames.reduce((sum, { op, count }) => sum + (op === 'item' ? 1 : op === 'gap' ? (count as number) : 0), 0);

  it.each(['latest', 'drop'] as const)(
    '(%s) goes on while its client is away, and tells what was left out',
    async (overflow) => {
      const port = await start();
      const client = await connect(port);
      client.send({ op: 'event', id: 1, type: 'live', credit: 1000, overflow });
      await vi.waitFor(() => emit(1));
      await untilItem(client, 1);
      client.cut();
      await untilQuiet(port);
      for (let n = 2; n <= 500; n += 1) emit(n);
      expect(await client.resume()).toMatchObject({ resumed: true });
      await client.until(() => numbers(client).includes(500) || undefined);
      emit(501);
      await client.until(() => numbers(client).includes(501) || undefined);
      const frames = client.framesOf(1);
      expect(accounted(frames)).toBe(501);
      const seen = numbers(client) as number[];
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      for (const gap of frames.filter(({ op }) => op === 'gap')) {
        expect(gap).toMatchObject({ id: 1, reason: overflow === 'drop' ? 'dropped' : 'conflated' });
        const behind = frames.slice(frames.indexOf(gap)).find(({ op }) => op === 'item');
        expect(behind?.n).toBeGreaterThanOrEqual(gap.from as number);
      }
      client.send({ op: 'cancel', id: 1 });
      expect(await client.outcome(1)).toMatchObject({ code: 'cancelled' });
    },
  );

  it('(close) has ended with the reason when its client returns, if too much waited', async () => {
    const port = await start();
    const client = await connect(port);
    client.send({ op: 'event', id: 1, type: 'live', credit: 2, overflow: 'close' });
    await vi.waitFor(() => emit(1));
    await untilItem(client, 1);
    client.cut();
    await untilQuiet(port);
    for (let n = 2; n <= 500; n += 1) emit(n);
    await vi.waitFor(() => expect(gateway.inUse().events).toBe(0));
    expect(await client.resume()).toMatchObject({ resumed: true });
    expect(await client.outcome(1)).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', started: 'maybe' });
    expect(numbers(client)).toEqual(upTo(numbers(client).length));
  });
});
