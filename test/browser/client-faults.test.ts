/** The built SDK in a real browser, over a network that fails, and against handlers that are slower than its page. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../load/faults/fault-proxy.js';
import { seededRandom } from '../../load/faults/random.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { CountedHandlers } from '../faults/counted-handlers.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { startChromium } from './chromium.js';
import { countTo, MixedCalls } from './client-mixed.js';
import { ClientPage, clientPages, continuities, type PageClientOptions } from './client-page.js';

const seed = 20_261_130;
const waitOptions = { timeout: 15_000, interval: 5 } as const;
const mib = 1024 * 1024;

let browser: Browser;
let shown: ClientPage;
let gateway: Gateway;
let proxy: FaultProxy;
let handlers: CountedHandlers;
let mixed: MixedCalls;
let produced: number;
let isEnough: boolean;
/** Numbers of the events that ran, in their order. */
let ran: number[];

/** A stream that is under way until it is enough: about two items a millisecond. */
const paced = defineHandler({
  type: 'paced',
  async *handle() {
    for (produced = 0; !isEnough; ) {
      produced += 1;
      yield produced;
      if (produced % 8 === 0) await wait(4);
    }
  },
});

const slow = defineHandler<{ readonly n: number }>({
  type: 'slow',
  order: 'none',
  handle: async ({ data: { n } }) => {
    ran.push(n);
    await wait(1);
  },
});

const open = async (options: PageClientOptions, settings: object = {}): Promise<void> => {
  gateway = await startTestGateway([...handlers.all, paced, slow], {
    pages: clientPages,
    anonymous: { publish: ['>'] },
    topics: { messages: 10_000, bytes: 16 * mib },
    ...settings,
  });
  proxy = await startFaultProxy({ targetPort: gateway.port, seed, faults: {} });
  shown = await ClientPage.open(browser, proxy.port, options);
};

/** A stream, a topic and a pattern are under way. */
const readAll = async (): Promise<void> => {
  await shown.read('paced');
  await shown.follow('news');
  await shown.follow('tick.*', { credit: 16 });
  await shown.until(({ opened }) => opened === 2);
};

/** Everything that was sent, and the stream, has come to its end as if there had been no fault. */
const expectUntouched = async (): Promise<void> => {
  isEnough = true;
  const { news, ticks } = mixed;
  await shown.until(
    ({ unsettled, usage, messages }) =>
      unsettled === 0 && usage.open === 2 && messages[0] === news && messages[1] === ticks,
  );
  const report = await shown.report();
  mixed.expectUntouched(report, handlers);
  expect(report.streams).toEqual([{ items: countTo(produced), outcome: {} }]);
};

/** Nothing is left of it anywhere, and the page has nothing to complain of. */
const expectNothingLeft = async (): Promise<void> => {
  await shown.close();
  expect(shown.complaints).toEqual([]);
  await expectConservation(gateway);
  const none = { sessions: 0, away: 0, subscriptions: 0, credit: 0 };
  await vi.waitFor(() => expect(gateway.inUse()).toMatchObject(none), waitOptions);
};

beforeAll(async () => {
  browser = await startChromium();
}, 30_000);

afterAll(() => browser?.close());

beforeEach(() => {
  handlers = new CountedHandlers();
  mixed = new MixedCalls(seededRandom(seed));
  isEnough = false;
  ran = [];
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await proxy?.close();
  gateway?.close();
});

describe('a hundred cuts under mixed traffic', () => {
  const cuts = 100;
  const itemsEach = 20;
  const share = { requests: 5, emits: 5, messages: 5 };

  it.each(['JSON', 'MessagePack'] as const)(
    'leave no trace in a page, in %s',
    async (encoding) => {
      await open({ encoding, reconnect: { minMs: 10, maxMs: 50 } });
      await readAll();
      for (let cut = 1; cut <= cuts; cut += 1) {
        await shown.send(mixed.next(share));
        await shown.until(({ items: [came = 0] }) => came >= cut * itemsEach);
        expect(proxy.cutAll()).toBeGreaterThanOrEqual(1);
        // Half of it comes while the client does not know yet, or has no connection.
        await shown.send(mixed.next(share));
        await shown.until(({ connections }) => connections > cut);
      }
      await expectUntouched();
      expect(mixed.requests).toBe(1000);
      expect(produced).toBeGreaterThanOrEqual(cuts * itemsEach);
      expect(continuities(await shown.report())).toEqual(['new', ...Array.from({ length: cuts }, () => 'resumed')]);
      await expectNothingLeft();
    },
    60_000,
  );
});

/**
 * Chromium keeps the WebSocket of a page that is offline, and passes nothing on any more, not even that it was lost: the
 * client finds out by its ping.
 */
describe('a page that is offline', () => {
  const share = { requests: 20, emits: 20, messages: 20 };
  /** So that only the browser's word can bring it back in time. */
  const reconnect = { minMs: 600_000, maxMs: 600_000 };

  it('says so when its connection is of no use any more, and goes on at once when the browser is online again', async () => {
    await open({ reconnect }, { listen: { keepAliveMs: 2000 } });
    await readAll();
    await shown.send(mixed.next(share));
    await shown.until(({ unsettled, messages: [news, ticks] }) => {
      return unsettled === 1 && news === mixed.news && ticks === mixed.ticks;
    });
    await shown.page.context().setOffline(true);
    await shown.send(mixed.next({ ...share, messages: 0 }));
    await shown.until(({ state }) => state.status === 'offline');
    await shown.send(mixed.next(share));
    const { usage, items } = await shown.progress();
    expect(usage.queued).toBeGreaterThanOrEqual(80);
    await shown.page.context().setOffline(false);
    await shown.until((progress) => progress.connections === 2 && (progress.items[0] ?? 0) > (items[0] ?? 0) + 100);
    await expectUntouched();
    expect((await shown.report()).states).toMatchObject([
      { status: 'connecting' },
      { status: 'open', continuity: 'new' },
      { status: 'offline' },
      { status: 'connecting', attempt: 1 },
      { status: 'open', continuity: 'resumed' },
    ]);
    await expectNothingLeft();
  }, 40_000);

  it('for a moment keeps its connection', async () => {
    await open({ reconnect });
    await readAll();
    await shown.page.context().setOffline(true);
    await shown.send(mixed.next(share));
    await shown.page.context().setOffline(false);
    await shown.send(mixed.next(share));
    await expectUntouched();
    expect((await shown.report()).states.map(({ status }) => status)).toEqual(['connecting', 'open']);
    await expectNothingLeft();
  }, 40_000);
});

describe('a page with far more to say than four slots of a millisecond can do', () => {
  const pad = 'x'.repeat(100);
  /** An event and its promise, each in the heap of the page: about half of that. */
  const eventBytesMax = 1500;
  /** What a heap may be off by, from one look to the next. */
  const spareBytes = mib / 2;
  const settings = { pipelines: { default: { slots: 4 } } };

  /** Code that runs for the first time takes memory too. @returns bytes of the heap */
  const warm = async (): Promise<number> => {
    await open({ queue: { items: 10_000 } }, settings);
    await shown.emitEach('slow', { first: 1, count: 500, pad });
    await untilDone();
    return await shown.heapBytes();
  };

  const untilDone = async (): Promise<void> => {
    await shown.until(({ unsettled, usage }) => unsettled === 0 && usage.queued === 0 && usage.open === 0);
  };

  const expectEachOnce = async (count: number): Promise<void> => {
    expect(ran.toSorted((a, b) => a - b)).toEqual(countTo(count));
    expect((await shown.report()).failures).toEqual([]);
  };

  it('keeps ten thousand events in its queue, and nothing but them in its heap', async () => {
    const count = 10_000;
    const before = await warm();
    const expectHeapOfThemOnly = async (): Promise<void> => {
      const { usage } = await shown.progress();
      const most = (usage.queued + usage.open) * eventBytesMax + spareBytes;
      expect((await shown.heapBytes()) - before).toBeLessThan(most);
    };
    const { queued, open: left } = await shown.emitAll('slow', { first: 501, count, pad });
    expect(queued + left).toBe(count);
    expect(queued).toBeGreaterThan(count / 2);
    await expectHeapOfThemOnly();
    for (let share = 0.75; share >= 0.25; share -= 0.25) {
      await shown.until(({ usage }) => usage.queued <= queued * share);
      await expectHeapOfThemOnly();
    }
    await untilDone();
    await expectHeapOfThemOnly();
    await expectEachOnce(500 + count);
    await expectNothingLeft();
  }, 60_000);

  it('has at most one that waits when it awaits each, and a heap that is flat', async () => {
    const count = 4000;
    const before = await warm();
    const over = shown.emitEach('slow', { first: 501, count, pad });
    over.catch(() => undefined);
    for (let share = 0.25; share < 1; share += 0.25) {
      await vi.waitFor(() => expect(ran.length).toBeGreaterThan(500 + count * share), waitOptions);
      expect((await shown.heapBytes()) - before).toBeLessThan(spareBytes);
    }
    await over;
    await untilDone();
    expect((await shown.heapBytes()) - before).toBeLessThan(spareBytes);
    expect((await shown.progress()).mostQueued).toBeLessThanOrEqual(1);
    await expectEachOnce(500 + count);
    await expectNothingLeft();
  }, 60_000);
});
