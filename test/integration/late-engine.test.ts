/** A gateway over an engine that answers everything late, as one over a file or a broker will. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryEngine } from '../../src/engine/memory-engine.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler, defineProcessor } from '../../src/index.js';
import { systemClock } from '../../src/model/clock.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { lateEngine } from '../support/late-engine.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

const publish = defineHandler<{ topic: string; from: number; to: number }>({
  type: 'publish',
  async handle({ data: { topic, from, to } }, context) {
    const published = [];
    for (let n = from; n <= to; n += 1) published.push(context.publish(topic, n, { key: `k${n % 3}` }));
    return (await Promise.all(published)).map(({ offset }) => offset);
  },
});
const who = defineHandler<string>({ type: 'who', handle: ({ data }, context) => context.presence(data) });
let runs = 0;
const once = defineHandler({
  type: 'once',
  handle: async () => {
    runs += 1;
    return runs;
  },
});
const doubled = defineProcessor<number>({
  from: { topic: 'in' },
  through: (messages$, { mapAsync }) =>
    messages$.pipe(mapAsync(async ({ data }) => ({ topic: 'out', data: data * 2 }), { concurrency: 2 })),
});

let gateway: Gateway;
let client: TestClient;

beforeEach(async () => {
  runs = 0;
  const engine = createMemoryEngine({
    clock: systemClock(new LoopTurn()),
    logs: {
      topicsMax: 100,
      allBytesMax: 1_000_000,
      idleMs: 60_000,
      retention: () => ({ messages: 50, bytes: 100_000, ageMs: 60_000 }),
    },
    outcomes: { entriesMax: 100, bytesMax: 100_000, ms: 60_000 },
  });
  const topics = { presence: 'members' };
  gateway = await startTestGateway([publish, who, once, doubled], { topics }, undefined, lateEngine(engine));
  client = await TestClient.connect(gateway.port);
});

afterEach(async () => {
  await client.close();
  await expectConservation(gateway);
  gateway.close();
});

const messages = (topic: string): unknown[] =>
  client.frames.filter((frame) => frame.op === 'message' && frame.topic === topic).map(({ data }) => data);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('over an engine that answers late', () => {
  it('topics are in order, and complete', async () => {
    client.send({ op: 'subscribe', id: 's', topic: 't' });
    client.send({ op: 'event', id: 1, type: 'publish', data: { topic: 't', from: 1, to: 30 } });
    client.send({ op: 'event', id: 2, type: 'publish', data: { topic: 't', from: 31, to: 40 } });
    expect(await client.outcome(1)).toMatchObject({ op: 'end' });
    await client.until(() => (messages('t').length >= 40 ? true : undefined));
    expect(messages('t')).toEqual(upTo(40));
    const offsets = client.frames.filter(({ op }) => op === 'message').map(({ offset }) => offset);
    expect(offsets).toEqual(upTo(40));
  });

  it('history comes where it is asked for, and then what is new', async () => {
    await client.request({ id: 1, type: 'publish', data: { topic: 't', from: 1, to: 20 } });
    client.send({ op: 'subscribe', id: 's', topic: 't', rewind: 5 });
    client.send({ op: 'event', id: 2, type: 'publish', data: { topic: 't', from: 21, to: 25 } });
    await client.until(() => (messages('t').at(-1) === 25 ? true : undefined));
    const [subscribed] = client.framesOf('s');
    const first = (subscribed?.offset as number) + 1;
    expect(messages('t')).toEqual(upTo(25).slice(first - 1));
    expect(first).toBeLessThanOrEqual(21);
  });

  it('what was conflated is told, and the newest of each key comes', async () => {
    client.send({ op: 'subscribe', id: 's', topic: 't', credit: 0, overflow: 'latest' });
    await client.next(({ op }) => op === 'subscribed');
    await client.request({ id: 1, type: 'publish', data: { topic: 't', from: 1, to: 40 } });
    client.send({ op: 'pull', id: 's', max: 10 });
    await client.until(() => (messages('t').length === 3 ? true : undefined));
    expect(client.framesOf('s').slice(1)).toMatchObject([
      { op: 'gap', from: 1, to: 40, count: 37, reason: 'conflated' },
      { op: 'message', offset: 38 },
      { op: 'message', offset: 39 },
      { op: 'message', offset: 40 },
    ]);
  });

  it('a subscription that is cancelled before it is open, is', async () => {
    client.send([
      { op: 'subscribe', id: 's', topic: 't' },
      { op: 'cancel', id: 's' },
      { op: 'event', id: 1, type: 'publish', data: { topic: 't', from: 1, to: 5 } },
    ]);
    await client.outcome(1);
    expect(await client.request({ id: 2, type: 'who', data: 't' })).toMatchObject({ data: { count: 0 } });
    expect(client.framesOf('s')).toMatchObject([{ op: 'error', code: 'cancelled' }]);
    expect(messages('t')).toEqual([]);
  });

  it('who is there is known', async () => {
    client.send({ op: 'subscribe', id: 's', topic: 't' });
    await client.next(({ op }) => op === 'subscribed');
    let seen: unknown;
    for (let id = 1; id <= 20 && (seen as { count?: number })?.count !== 1; id += 1) {
      seen = (await client.request({ id, type: 'who', data: 't' })).data;
    }
    expect(seen).toMatchObject({ count: 1, members: [{ id: expect.stringMatching(/^s_/) }] });
  });

  it('an event is done once, and its outcome known', async () => {
    client.send([
      { op: 'event', id: 1, type: 'once', idem: 'k' },
      { op: 'event', id: 2, type: 'once', idem: 'k' },
    ]);
    expect(await client.outcome(1)).toMatchObject({ data: 1 });
    expect(await client.outcome(2)).toMatchObject({ data: 1 });
    expect(await client.request({ id: 3, type: 'once', idem: 'k' })).toMatchObject({ data: 1 });
    expect(runs).toBe(1);
  });

  it('a processor gets its topics, and publishes', async () => {
    client.send({ op: 'subscribe', id: 's', topic: 'out' });
    await client.next(({ op }) => op === 'subscribed');
    await client.request({ id: 1, type: 'publish', data: { topic: 'in', from: 1, to: 10 } });
    await client.until(() => (messages('out').length === 10 ? true : undefined));
    expect(messages('out')).toEqual(upTo(10).map((n) => n * 2));
  });
});
