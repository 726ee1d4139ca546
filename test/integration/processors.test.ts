/** Stream processors: RxJS over events and topics, results to topics, and failures that end nothing but themselves. */
import {
  bufferCount,
  concatMap,
  delay,
  filter,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  of,
  scan,
  take,
  tap,
  throwError,
} from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineProcessor, type SluiceEvent } from '../../src/index.js';
import { range, say } from '../support/say.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { expectConservation, type Logged, startTestGateway } from '../support/test-gateway.js';
import { topicStory } from '../support/topic-story.js';

let gateway: Gateway;
let lines: Logged[] = [];
const clients: TestClient[] = [];

const start = async (processors: readonly unknown[], parts: Record<string, unknown> = {}): Promise<TestClient> => {
  lines = [];
  gateway = await startTestGateway([say, echo, ...processors], parts, lines);
  return connect();
};

const connect = async (encoding: 'json' | 'msgpack' = 'json'): Promise<TestClient> => {
  const client = await TestClient.connect(gateway.port, { encoding });
  clients.push(client);
  return client;
};

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await expectConservation(gateway).finally(() => gateway.close());
});

/** What a processor gets from a topic, as far as these tests need it. */
interface Heard {
  readonly topic: string;
  readonly offset: number;
  readonly data: number;
  readonly key?: string | undefined;
}

const subscribe = async (client: TestClient, topic: string): Promise<void> => {
  client.send({ op: 'subscribe', id: topic, topic });
  await client.next(({ id, op }) => id === topic && op === 'subscribed');
};

const came = (client: TestClient, topic: string): unknown[] =>
  client.frames.filter((frame) => frame.op === 'message' && frame.topic === topic).map(({ data }) => data);

const untilCame = (client: TestClient, topic: string, n: number): Promise<unknown> =>
  client.until(() => came(client, topic).length >= n || undefined);

let lastId = 0;
const send = (client: TestClient, type: string, data: unknown, more: object = {}): Promise<Frame> => {
  lastId += 1;
  return client.request({ id: lastId, type, data, ...more });
};
const publish = (
  client: TestClient,
  topic: string,
  all: readonly unknown[],
  keys?: readonly string[],
): Promise<Frame> => send(client, 'say', { topic, all, ...(keys === undefined ? {} : { keys }) });

const fromEvents = (
  through: (events$: Observable<SluiceEvent<number>>) => Observable<{ topic: string; key?: string; data: unknown }>,
  from = 'order.>',
) => defineProcessor({ from, through: (events$) => through(events$ as Observable<SluiceEvent<number>>) });

const fromTopic = (
  topic: string,
  through: (messages$: Observable<Heard>) => Observable<{ topic: string; key?: string; data: unknown }>,
) => defineProcessor({ from: { topic }, through: (messages$) => through(messages$ as unknown as Observable<Heard>) });

describe('a processor of events', () => {
  it('makes messages of them, in their order, while each event ends well', async () => {
    const double = fromEvents((events$) =>
      events$.pipe(map(({ type, data }) => ({ topic: 'doubled', key: type, data: 2 * data }))),
    );
    const client = await start([double]);
    const other = await connect('msgpack');
    for (const each of [client, other]) await subscribe(each, 'doubled');
    for (const n of range(1, 10))
      expect(await send(client, `order.${n % 2 ? 'a' : 'b.c'}`, n)).toMatchObject({ op: 'end' });
    for (const each of [client, other]) {
      await untilCame(each, 'doubled', 10);
      expect(came(each, 'doubled')).toEqual(range(1, 10).map((n) => 2 * n));
      expect(each.frames.find(({ op }) => op === 'message')).toMatchObject({ key: 'order.a', offset: 1 });
      expect(topicStory(each.frames, { topic: 'doubled', id: 'doubled' }).faults).toEqual([]);
    }
    expect(await send(client, 'unordered', 1)).toMatchObject({ code: 'not_found' });
  });

  it('keeps what it gathers from event to event, over all clients', async () => {
    const sums = fromEvents((events$) =>
      events$.pipe(
        bufferCount(5),
        map((events) => events.reduce((sum, { data }) => sum + data, 0)),
        scan((total, sum) => total + sum, 0),
        map((total) => ({ topic: 'totals', data: total })),
      ),
    );
    const client = await start([sums]);
    const other = await connect('msgpack');
    await subscribe(client, 'totals');
    for (const n of range(1, 12)) await send(n % 2 ? client : other, 'order.x', n);
    await untilCame(client, 'totals', 2);
    expect(came(client, 'totals')).toEqual([15, 55]);
  });

  it('may say nothing, or several things, to several topics', async () => {
    const fanOut = fromEvents((events$) =>
      events$.pipe(
        filter(({ data }) => data % 2 === 0),
        mergeMap(({ data }) =>
          of({ topic: 'a', data }, { topic: 'b', key: 'k', data: -data }, { topic: `each.${data}`, data }),
        ),
      ),
    );
    const client = await start([fanOut]);
    for (const topic of ['a', 'b', 'each.*']) await subscribe(client, topic);
    for (const n of range(1, 6)) await send(client, 'order.x', n);
    await untilCame(client, 'each.6', 1);
    await untilCame(client, 'b', 3);
    expect([came(client, 'a'), came(client, 'b'), came(client, 'each.2')]).toEqual([[2, 4, 6], [-2, -4, -6], [2]]);
  });
});

describe('a processor of topics', () => {
  it('makes messages of messages, with their place and key', async () => {
    const echoed = fromTopic('raw.*', (messages$) =>
      messages$.pipe(map(({ topic, offset, data, key }) => ({ topic: 'cooked', data: { topic, offset, data, key } }))),
    );
    const client = await start([echoed]);
    await subscribe(client, 'cooked');
    await publish(client, 'raw.a', [1, 2], ['k', 'l']);
    await publish(client, 'raw.b', [3]);
    await publish(client, 'raw.b.c', [4]);
    await publish(client, 'raw.a', [5]);
    await untilCame(client, 'cooked', 4);
    expect(came(client, 'cooked')).toMatchObject([
      { topic: 'raw.a', offset: 1, data: 1, key: 'k' },
      { topic: 'raw.a', offset: 2, data: 2, key: 'l' },
      { topic: 'raw.b', offset: 1, data: 3 },
      { topic: 'raw.a', offset: 3, data: 5 },
    ]);
  });

  it('can be one behind another, and loses nothing of much', async () => {
    const first = fromTopic('one', (messages$) =>
      messages$.pipe(map(({ data }) => ({ topic: 'two', data: data + 1 }))),
    );
    const second = fromTopic('two', (messages$) =>
      messages$.pipe(map(({ data }) => ({ topic: 'three', data: 2 * data }))),
    );
    const client = await start([first, second], { topics: { messages: 10_000 } });
    await subscribe(client, 'three');
    for (let from = 1; from <= 3000; from += 100) await publish(client, 'one', range(from, from + 99));
    await untilCame(client, 'three', 3000);
    expect(came(client, 'three')).toEqual(range(1, 3000).map((n) => 2 * (n + 1)));
    expect(topicStory(client.frames, { topic: 'three', id: 'three' })).toMatchObject({ gaps: [], faults: [] });
  });
});

describe('a processor that fails', () => {
  /** Passes numbers on, counts in `out` since it began, and fails at the number 13. */
  const fragile =
    (starts: { count: number }, fail: () => Observable<never>) => (numbers$: Observable<{ data: number }>) => {
      starts.count += 1;
      return numbers$.pipe(
        mergeMap(({ data }) => (data === 13 ? fail() : of(data))),
        scan((seen, data) => ({ count: seen.count + 1, data }), { count: 0, data: 0 }),
        map((data) => ({ topic: 'out', data })),
      );
    };
  const notified = () => throwError(() => new Error('thirteen'));
  const thrown = () => {
    throw new Error('thirteen');
  };

  /** Sends until something of a newly started processor comes back. */
  const untilRestarted = async (client: TestClient, one: (n: number) => Promise<Frame>): Promise<void> => {
    const before = came(client, 'out').length;
    const endsAtMs = performance.now() + 15_000;
    while (came(client, 'out').length === before) {
      if (performance.now() > endsAtMs) throw new Error('expected it to begin again within 15 s');
      await one(1);
      for (let round = 0; round < 20; round += 1) await send(client, 'echo', round);
    }
  };

  it.each([
    ['an error', notified],
    ['a throw', thrown],
  ])('with %s begins again from nothing, is logged, and no client sees its text', async (_name, fail) => {
    const starts = { count: 0 };
    const client = await start([fromEvents(fragile(starts, fail))]);
    await subscribe(client, 'out');
    for (const n of [1, 2]) await send(client, 'order.x', n);
    await untilCame(client, 'out', 2);
    for (let round = 1; round <= 3; round += 1) {
      await send(client, 'order.x', 13);
      await untilRestarted(client, (n) => send(client, 'order.x', n));
      expect(starts.count).toBe(1 + round);
      expect(came(client, 'out').at(-1)).toMatchObject({ data: 1 });
    }
    expect(came(client, 'out').filter((data) => (data as { count: number }).count === 1)).toHaveLength(4);
    expect(JSON.stringify(lines)).toContain('thirteen');
    expect(JSON.stringify(client.frames)).not.toContain('thirteen');
    expect(await send(client, 'echo', 'well')).toMatchObject({ data: 'well' });
  });

  it('over a topic begins again too, and others over it never notice', async () => {
    const starts = { count: 0 };
    const steady = fromTopic('in', (messages$) => messages$.pipe(map(({ data }) => ({ topic: 'steady', data }))));
    const client = await start([fromTopic('in', fragile(starts, notified)), steady]);
    for (const topic of ['out', 'steady']) await subscribe(client, topic);
    await publish(client, 'in', [1, 2, 13]);
    await untilCame(client, 'out', 2);
    await untilRestarted(client, (n) => publish(client, 'in', [n]));
    expect(starts.count).toBe(2);
    const sent = came(client, 'steady').length;
    await publish(client, 'in', [99]);
    await untilCame(client, 'steady', sent + 1);
    expect(came(client, 'steady').slice(0, 3)).toEqual([1, 2, 13]);
    expect(came(client, 'steady').at(-1)).toBe(99);
    expect(topicStory(client.frames, { topic: 'steady', id: 'steady' })).toMatchObject({ gaps: [], faults: [] });
  });

  it('by what it publishes to, or by throwing before it has begun, keeps the gateway and its clients alive', async () => {
    let begun = 0;
    const never = fromEvents(() => {
      begun += 1;
      throw new Error('no stream');
    });
    const astray = fromTopic('in', (messages$) => messages$.pipe(map(({ data }) => ({ topic: '..', data }))));
    const unsendable = fromTopic('in', (messages$) => messages$.pipe(map(() => ({ topic: 'ok', data: () => 1 }))));
    const client = await start([never, astray, unsendable]);
    await publish(client, 'in', [1, 2, 3]);
    for (let n = 0; n < 20; n += 1) await send(client, 'order.x', n);
    expect(await send(client, 'echo', 'well')).toMatchObject({ data: 'well' });
    expect(begun).toBeGreaterThan(0);
    // It is not tried again and again without a pause.
    expect(begun).toBeLessThan(20);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(200);
  });

  it('by ending is over or begins again, and lets nothing wait for it', async () => {
    const passed: number[] = [];
    const brief = fromEvents((events$) =>
      events$.pipe(
        take(2),
        tap(({ data }) => passed.push(data)),
        map(({ data }) => ({ topic: 'out', data })),
      ),
    );
    const client = await start([brief]);
    await subscribe(client, 'out');
    for (const n of [1, 2]) await send(client, 'order.x', n);
    await untilCame(client, 'out', 2);
    for (let n = 3; n < 10; n += 1) expect(['end', 'error']).toContain((await send(client, 'order.x', n)).op);
    expect(passed.slice(0, 2)).toEqual([1, 2]);
  });
});

it('is given time by a gateway that drains, for what it has gathered and for the work that follows', async () => {
  const counts = fromEvents((events$) =>
    events$.pipe(
      bufferCount(1000),
      concatMap((events) => of({ topic: 'counts', data: events.length }).pipe(delay(20))),
    ),
  );
  const told: number[] = [];
  const heard = fromTopic('counts', (messages$) =>
    messages$.pipe(
      delay(5),
      tap(({ data }) => told.push(data)),
      ignoreElements(),
    ),
  );
  const client = await start([heard, counts]);
  for (const n of range(1, 7)) await send(client, 'order.x', n);
  await client.close();
  await gateway.drain();
  expect({ told, lines }).toEqual({ told: [7], lines: [] });
});
