/** The built SDK in a real browser, when its gateway ends and is started again, and when either of them sleeps. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LedgerGateway } from '../faults/ledger-gateway.js';
import { startChromium } from './chromium.js';
import { countTo } from './client-mixed.js';
import { type Call, ClientPage, continuities } from './client-page.js';
import { browserPids, startPagesGateway, whileStopped } from './client-processes.js';

const waitOptions = { timeout: 15_000, interval: 5 } as const;
/** Chromium itself delays WebSockets, for seconds, when many have failed. */
const reconnect = { minMs: 50, maxMs: 250 };
/** An event about which nobody knows whether it was done. */
const unknown = { isSluiceError: true, code: 'unavailable', started: 'maybe', retry: 'no' };

let browser: Browser;
let gateway: LedgerGateway;
let shown: ClientPage;

const open = async (settings: string, keepAliveMs?: number): Promise<void> => {
  gateway = await startPagesGateway(settings, keepAliveMs);
  shown = await ClientPage.open(browser, gateway.port, { reconnect, connectTimeoutMs: 2000 });
  await shown.follow('news');
  await shown.until(({ opened }) => opened === 1);
};

const calls = (method: Call[0], type: string, numbers: readonly number[], options: object = {}): Call[] =>
  numbers.map((n) => [method, type, { n }, options]);
const publish = (first: number, last: number): Promise<void> =>
  shown.send(calls('publish', 'ledger.publish', countTo(last, first)));

/** The processes in which an event ran, the first being 1. */
const processesOf = (n: number): number[] => {
  const pids = [...new Set(gateway.begun.map(({ pid }) => pid))];
  return gateway.begun.filter((begun) => begun.n === n).map(({ pid }) => pids.indexOf(pid) + 1);
};
const expectRuns = (numbers: readonly number[], processes: readonly number[]): void =>
  expect(numbers.map(processesOf)).toEqual(numbers.map(() => processes));

beforeAll(async () => {
  browser = await startChromium();
}, 30_000);

afterAll(() => browser?.close());

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

describe('a gateway that is killed and started again', () => {
  it('costs a page what was open without idem, and nothing else; whatever was asked for settles', async () => {
    await open('');
    await publish(1, 3);
    await shown.until(({ messages }) => messages[0] === 3);

    const [plain, safe, keyed, late] = [countTo(3), countTo(13, 11), countTo(45, 41), countTo(55, 51)];
    await shown.send(calls('request', 'ledger.held', plain));
    await shown.send(calls('request', 'ledger.held', safe, { idem: true }));
    await shown.read('ledger.rows', { n: 21 });
    await shown.read('ledger.late-rows', { n: 22 }, { idem: true });
    await shown.send(calls('emit', 'ledger.held', [24]));
    await shown.send(calls('emit', 'ledger.held', [25], { idem: true }));
    await shown.until(({ items }) => items[0] === 2);
    await vi.waitFor(() => expect(gateway.begun).toHaveLength(10), waitOptions);

    gateway.child.kill('SIGKILL');
    expect(await gateway.child.ended).toBe('SIGKILL');
    await shown.until(({ state }) => state.status !== 'open');
    await shown.send(calls('emit', 'ledger.work', keyed, { key: 'k' }));
    await shown.send(calls('request', 'ledger.work', late));
    expect((await shown.progress()).usage.queued).toBe(10);
    gateway.openGate();
    await gateway.start();
    await shown.until(({ unsettled, usage }) => unsettled === 0 && usage.open === 1);
    await publish(4, 5);
    await shown.until(({ messages }) => messages[0] === 5);

    const { outcomes, streams, failures, topics, ...report } = await shown.report();
    expect(outcomes.slice(3, 6)).toMatchObject(plain.map(() => ({ error: unknown })));
    expect(outcomes.slice(6, 9)).toMatchObject(safe.map((n) => ({ reply: { n } })));
    expect(outcomes.slice(-7, -2)).toMatchObject(late.map((n) => ({ reply: { n } })));
    expect(outcomes.filter((outcome) => outcome?.error !== undefined)).toHaveLength(plain.length);
    expect(streams).toMatchObject([{ items: [1, 2], outcome: { error: unknown } }, { outcome: {} }]);
    expect(streams[1]?.items).toHaveLength(1);
    expect(failures).toMatchObject([{ type: 'ledger.held', error: unknown }]);
    expectRuns([...plain, 21, 24], [1]);
    expectRuns([...safe, 22, 25], [1, 2]);
    expectRuns([...keyed, ...late], [2]);
    expect(gateway.begun.map(({ n }) => n).filter((n) => keyed.includes(n))).toEqual(keyed);
    expect(topics).toMatchObject([{ numbers: { news: countTo(5) }, problems: [] }]);
    expect(topics[0]?.gaps).toMatchObject([{ kind: 'gap', topic: 'news', reason: 'reset' }]);
    expect(topics[0]?.gaps[0]?.count).toBeUndefined();
    expect(continuities({ ...report, outcomes, streams, failures, topics })).toEqual(['new', 'lost']);
    expect(shown.complaints).toEqual([]);
  }, 40_000);
});

describe('a gateway that drains and is started again', () => {
  const runningAtOnce = countTo(5);
  const emittedMax = 5000;

  /** Emits, and asks, all the while. @returns the last number */
  const emitUntil = async (isOver: () => boolean): Promise<number> => {
    let last = 10;
    while (!isOver() && last < emittedMax) {
      const numbers = countTo(last + 5, last + 1);
      await shown.send([
        ...calls('emit', 'ledger.work', numbers.slice(0, 2), { key: 'k' }),
        ...calls('emit', 'ledger.work', numbers.slice(2, 4)),
        ...calls('request', 'ledger.work', numbers.slice(4)),
      ]);
      last += 5;
      await wait(20);
    }
    return last;
  };

  it('loses nothing of what a page asks for all the while, and does nothing twice', async () => {
    await open('drain: { deadlineMs: 8000, spreadMs: 100 }');
    await shown.send(calls('request', 'ledger.held', runningAtOnce));
    await shown.read('ledger.rows', { n: 6 });
    await shown.until(({ items }) => items[0] === 2);
    let isOver = false;
    const emitting = emitUntil(() => isOver);
    await vi.waitFor(() => expect(gateway.begun.length).toBeGreaterThan(50), waitOptions);

    gateway.child.kill('SIGTERM');
    await shown.until(({ state }) => state.status === 'draining');
    gateway.openGate();
    expect(await gateway.child.ended).toBe(0);
    await gateway.start();
    await shown.until(({ connections }) => connections === 2);
    isOver = true;
    const last = await emitting;
    await shown.until(({ unsettled, usage }) => unsettled === 0 && usage.queued === 0 && usage.open === 1);

    const report = await shown.report();
    expect(report.outcomes.filter((outcome) => outcome?.error !== undefined)).toEqual([]);
    expect(report.outcomes.slice(0, 5)).toMatchObject(runningAtOnce.map((n) => ({ reply: { n } })));
    expect(report.streams).toEqual([{ items: [1, 2, 3], outcome: {} }]);
    expect(report.failures).toEqual([]);
    const begun = gateway.begun.map(({ n }) => n);
    expect(begun.toSorted((a, b) => a - b)).toEqual([...countTo(6), ...countTo(last, 11)]);
    expectRuns(countTo(6), [1]);
    expect(new Set(gateway.begun.map(({ pid }) => pid)).size).toBe(2);
    const keyed = begun.filter((n) => n > 10 && (n % 5 === 1 || n % 5 === 2));
    expect(keyed).toEqual(keyed.toSorted((a, b) => a - b));
    expect(continuities(report)).toEqual(['new', 'lost']);
    expect(report.topics[0]?.gaps).toMatchObject([{ topic: 'news', reason: 'reset' }]);
    expect(shown.complaints).toEqual([]);
  }, 40_000);
});

describe('a sleep', () => {
  const settings = [
    'resume: { ms: 180000 }',
    'topics: { messages: 100000, bytes: 67108864 }',
    'pipelines: { default: { timeoutMs: 600000 } }',
  ].join('\n');
  const everyMs = 10;
  /** Longer than the gateway waits for a sign of life, and than what the client takes for slow. */
  const sleepMs = 2500;

  it('of a page, its browser, or both and the gateway costs nothing: session, stream and topic go on', async () => {
    await open(settings, 1500);
    await shown.read('ledger.counting', { everyMs });
    await shown.send([['request', 'ledger.announcing', { topic: 'news', everyMs }]]);
    const movedOn = async (): Promise<number> => {
      const { items, messages } = await shown.progress();
      const far = (now: readonly number[], before: readonly number[]): boolean => (now[0] ?? 0) > (before[0] ?? 0) + 50;
      const now = await shown.until((progress) => far(progress.items, items) && far(progress.messages, messages));
      return now.connections;
    };
    expect(await movedOn()).toBe(1);
    const { pages, all } = await browserPids(browser);
    // The browser itself answers the gateway’s pings meanwhile: the connection lives on.
    await whileStopped(pages, () => wait(sleepMs));
    expect(await movedOn()).toBe(1);
    await whileStopped(all, () => wait(sleepMs));
    await shown.until(({ connections }) => connections === 2);
    expect(await movedOn()).toBe(2);
    await whileStopped(all, async () => {
      gateway.child.kill('SIGSTOP');
      await wait(sleepMs);
      gateway.child.kill('SIGCONT');
    });
    await movedOn();

    gateway.openGate();
    await shown.until(({ unsettled }) => unsettled === 0);
    const { outcomes, topics } = await shown.report();
    const announced = outcomes[0]?.reply as number;
    await shown.until(({ messages }) => messages[0] === announced);
    const report = await shown.report();
    const [stream] = report.streams;
    expect(stream).toEqual({ items: countTo(stream?.items.length ?? 0), outcome: {} });
    expect(topics).toHaveLength(1);
    expect(report.topics).toEqual([{ numbers: { news: countTo(announced) }, gaps: [], problems: [] }]);
    const opened = report.states.flatMap((state) => (state.status === 'open' ? [state] : []));
    expect(continuities(report)).toEqual(['new', ...opened.slice(1).map(() => 'resumed')]);
    expect(new Set(opened.map(({ session }) => session)).size).toBe(1);
    expect(shown.complaints).toEqual([]);
  }, 60_000);
});
