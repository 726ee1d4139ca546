/** The client over a network that fails: what is under way is as if nothing had happened. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { networkFaults } from '../../load/audit/network-faults.js';
import { type FaultProxy, startFaultProxy } from '../../load/faults/fault-proxy.js';
import { seededRandom } from '../../load/faults/random.js';
import { type ConnectOptions, jsonEncoding } from '../../src/client.js';
import { msgpackEncoding } from '../../src/client-msgpack.js';
import type { Gateway } from '../../src/gateway.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { CountedHandlers } from './counted-handlers.js';
import { MixedTraffic, type TrafficSize } from './mixed-traffic.js';

const seed = 20_261_130;
const reconnect = { minMs: 10, maxMs: 50 };
const encodings = [
  ['JSON', jsonEncoding],
  ['MessagePack', msgpackEncoding],
] as const;

let gateway: Gateway;
let proxy: FaultProxy;
let handlers: CountedHandlers;
let traffic: MixedTraffic;
const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

const open = async (options: ConnectOptions, listen: object = {}): Promise<void> => {
  handlers = new CountedHandlers();
  gateway = await startTestGateway(handlers.all, {
    listen,
    anonymous: { publish: ['>'] },
    topics: { messages: 10_000, bytes: 16_777_216 },
  });
  proxy = await startFaultProxy({ targetPort: gateway.port, seed, faults: {} });
  const url = `ws://127.0.0.1:${proxy.port}`;
  traffic = new MixedTraffic({ url, options: { reconnect, ...options }, random: seededRandom(seed) });
  await vi.waitFor(() => expect(traffic.subscribed).toBe(2), waitOptions);
};

const waitOptions = { timeout: 15_000, interval: 2 } as const;
const untilOpen = (): Promise<void> => vi.waitFor(() => expect(traffic.areOpen).toBe(true), waitOptions);
const untilDone = (): Promise<void> =>
  vi.waitFor(() => {
    if (!traffic.isDone) throw new Error(`expected everything to be over, got ${traffic.leftOver}`);
  }, waitOptions);

const countTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Every request has its own answer, every event ran once and in the order of its key, nothing is missing anywhere. */
const expectUntouched = (items: number): void => {
  expect(traffic.problems).toEqual([]);
  expect(traffic.answers).toBe(traffic.requests);
  expect([...handlers.requests.values()].filter((runs) => runs !== 1)).toEqual([]);
  // Those that were given up have numbers below 0, and may have run.
  expect([...handlers.requests.keys()].filter((n) => n > 0)).toHaveLength(traffic.requests);
  for (const [key, count] of traffic.emitted) expect(handlers.emitted.get(key)).toEqual(countTo(count - 1, 0));
  expect(handlers.streams).toBe(traffic.streams.length);
  for (const came of traffic.streams) expect(came).toEqual(countTo(items));
  for (const { problems, gaps } of [traffic.news, traffic.ticks, ...traffic.joined]) {
    expect(problems).toEqual([]);
    expect(gaps).toEqual([]);
  }
  const { numbers } = traffic.news;
  for (const [topic, count] of traffic.published) {
    expect(numbers.get(topic) ?? traffic.ticks.numbers.get(topic)).toEqual(countTo(count));
  }
  expect(traffic.continuities.filter((continuity) => continuity === 'lost')).toEqual([]);
  expect(warn.mock.calls).toEqual([]);
};

beforeEach(() => warn.mockClear());

afterEach(async () => {
  try {
    await traffic.close();
    await expectConservation(gateway);
    const none = { sessions: 0, away: 0, subscriptions: 0, credit: 0 };
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject(none), waitOptions);
  } finally {
    await proxy.close();
    gateway.close();
  }
});

describe('a hundred cuts under mixed traffic', () => {
  const cuts = 100;
  const items = 10_000;
  const share: TrafficSize = { requests: 5, emits: 5, messages: 5 };

  it.each(encodings)(
    'leave no trace, in %s',
    async (_name, encoding) => {
      await open({ encoding });
      const came = traffic.stream(items);
      for (let cut = 1; cut <= cuts; cut += 1) {
        traffic.work(share);
        const due = Math.floor((cut * items) / (cuts + 1));
        await vi.waitFor(() => expect(came.length).toBeGreaterThanOrEqual(due), waitOptions);
        traffic.abandon();
        if (cut % 10 === 0) traffic.join();
        expect(proxy.cutAll()).toBeGreaterThanOrEqual(2);
        // Half of it comes while the client does not know yet, or has no connection.
        traffic.work(share);
        await vi.waitFor(() => expect(traffic.continuities).toHaveLength(2 + 2 * cut), waitOptions);
      }
      await untilDone();
      expect(traffic.requests).toBe(1000);
      expectUntouched(items);
      expect(traffic.continuities.slice(2)).toEqual(Array.from({ length: 2 * cuts }, () => 'resumed'));
    },
    60_000,
  );
});

describe('every other fault of a network', () => {
  const items = 500;
  const share: TrafficSize = { requests: 10, emits: 10, messages: 10 };

  it.each(encodings)(
    'leaves no trace either, in %s',
    async (_name, encoding) => {
      await open({ encoding, connectTimeoutMs: 400 }, { keepAliveMs: 600 });
      for (const { faults, forMs } of networkFaults) {
        traffic.work(share);
        proxy.setFaults(faults);
        traffic.work(share);
        await wait(forMs);
        proxy.setFaults({});
        await untilOpen();
        traffic.work(share);
      }
      await untilDone();
      expectUntouched(items);
    },
    60_000,
  );
});
