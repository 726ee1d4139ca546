/** The client over a gateway that ends and is started again: by a kill, after which nobody knows, and by a drain. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../load/faults/fault-proxy.js';
import { type Client, type ConnectionState, connect, type EmitFailure, type SluiceError } from '../../src/client.js';
import { Gathered } from './gathered.js';
import { LedgerGateway } from './ledger-gateway.js';

const waitOptions = { timeout: 15_000, interval: 5 } as const;
const reconnect = { minMs: 10, maxMs: 50 };
/** An event about which nobody knows whether it was done. */
const unknown = { code: 'unavailable', started: 'maybe', retry: 'no' };

let gateway: LedgerGateway;
/** Before the gateway, so that it can come back elsewhere: a port whose owner was killed may not be free for a minute. */
let proxy: FaultProxy;
let client: Client;
let news: Gathered;
let states: ConnectionState[];
let failures: EmitFailure[];
const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

const open = async (settings: string): Promise<void> => {
  gateway = new LedgerGateway(settings);
  await gateway.start();
  proxy = await startFaultProxy({ targetPort: gateway.port, seed: 1, faults: {} });
  client = connect(`ws://127.0.0.1:${proxy.port}`, { reconnect });
  states = [];
  failures = [];
  client.state$.subscribe((state) => void states.push(state));
  client.failures$.subscribe((failure) => void failures.push(failure));
  news = new Gathered();
  void news.read(client.subscribe('news'));
  await vi.waitFor(() => expect(client.usage.open).toBe(1), waitOptions);
  await client.ready;
};

const numbers = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
const requests = (type: string, all: readonly number[], options: { readonly idem?: true } = {}): Promise<unknown>[] =>
  all.map((n) => watched(client.request(type, { n }, options)));
const readAll = (type: string, n: number, options: { readonly idem?: true } = {}): Promise<unknown[]> =>
  watched(
    (async () => {
      const items: unknown[] = [];
      for await (const item of client.stream(type, { n }, options)) items.push(item);
      return items;
    })(),
  );
/** It may be rejected before anybody waits for it. */
const watched = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};

/** The processes in which an event ran, the first being 1. */
const processesOf = (n: number): number[] => {
  const pids = [...new Set(gateway.begun.map(({ pid }) => pid))];
  return gateway.begun.filter((begun) => begun.n === n).map(({ pid }) => pids.indexOf(pid) + 1);
};
const runs = (all: readonly number[]): number[][] => all.map(processesOf);
const each = <T>(all: readonly number[], value: T): T[] => all.map(() => value);

const errorOf = (outcome: PromiseSettledResult<unknown>): SluiceError | undefined =>
  outcome.status === 'rejected' ? (outcome.reason as SluiceError) : undefined;

/** Fails when one of them never settles. */
const settled = async (all: readonly Promise<unknown>[]): Promise<PromiseSettledResult<unknown>[]> => {
  let left = all.length;
  for (const one of all) void one.catch(() => undefined).finally(() => (left -= 1));
  await vi.waitFor(() => expect({ left, ...client.usage }).toMatchObject({ left: 0 }), waitOptions);
  return Promise.allSettled(all);
};

const continuities = (): string[] => states.flatMap((state) => (state.status === 'open' ? [state.continuity] : []));

beforeEach(() => warn.mockClear());
afterEach(async () => {
  await client.close({ drain: false });
  await proxy.close();
});

describe('a gateway that is killed and started again', () => {
  it('costs what was open without idem, and nothing else; whatever was asked for settles', async () => {
    await open('window: { initial: 14, max: 14 }');
    for (const n of [1, 2, 3]) await client.publish('ledger.publish', { n });
    await vi.waitFor(() => expect(news.numbers.get('news')).toEqual([1, 2, 3]), waitOptions);

    const [plain, safe, waiting] = [numbers(1, 3), numbers(11, 3), numbers(31, 5)];
    const plainRequests = requests('ledger.held', plain);
    const safeRequests = requests('ledger.held', safe, { idem: true });
    const streams = [readAll('ledger.rows', 21), readAll('ledger.rows', 22, { idem: true })];
    const lateStream = readAll('ledger.late-rows', 23, { idem: true });
    const emits = [client.emit('ledger.held', { n: 24 }), client.emit('ledger.held', { n: 25 }, { idem: true })];
    await vi.waitFor(() => expect(gateway.begun).toHaveLength(11), waitOptions);
    // All credit is used: these stay in the client.
    const waitingRequests = requests('ledger.work', waiting);
    const waitingEmits = numbers(41, 5).map((n) => client.emit('ledger.work', { n }, { key: 'k' }));
    expect(client.usage).toMatchObject({ queued: 10, open: 12, credit: 0 });

    gateway.child.kill('SIGKILL');
    expect(await gateway.child.ended).toBe('SIGKILL');
    await vi.waitFor(() => expect(client.state.status).not.toBe('open'), waitOptions);
    const lateRequests = requests('ledger.work', [51, 52]);
    const lateNews = new Gathered();
    void lateNews.read(client.subscribe('news'));
    gateway.openGate();
    gateway.port = 0;
    await gateway.start();
    proxy.setTargetPort(gateway.port);

    for (const outcome of await settled([...plainRequests, ...streams]))
      expect(errorOf(outcome)).toMatchObject(unknown);
    const answered = await Promise.all([...safeRequests, ...waitingRequests, ...lateRequests]);
    expect(answered.map((reply) => (reply as { readonly n: number }).n)).toEqual([...safe, ...waiting, 51, 52]);
    expect(await lateStream).toHaveLength(1);
    await settled([...emits, ...waitingEmits]);
    await vi.waitFor(() => expect(runs(numbers(41, 5))).toEqual(each(waiting, [2])), waitOptions);
    await vi.waitFor(() => expect(processesOf(25)).toEqual([1, 2]), waitOptions);
    expect(failures).toMatchObject([{ type: 'ledger.held', error: unknown }]);
    expect(runs(plain)).toEqual(each(plain, [1]));
    expect(runs(safe)).toEqual(each(safe, [1, 2]));
    expect(runs([21, 22, 23, 24])).toEqual([[1], [1], [1, 2], [1]]);
    expect(runs([...waiting, 51, 52])).toEqual(each([...waiting, 51, 52], [2]));
    const keyed = gateway.begun.filter(({ n }) => n > 40 && n < 50).map(({ n }) => n);
    expect(keyed).toEqual(numbers(41, 5));

    expect(continuities()).toEqual(['new', 'lost']);
    await vi.waitFor(() => expect(client.usage).toMatchObject({ queued: 0, open: 2 }), waitOptions);
    expect(news.gaps).toMatchObject([{ kind: 'gap', topic: 'news', reason: 'reset', count: undefined }]);
    expect(news.gaps[0]?.epoch).toMatch(/./);
    for (const n of [4, 5]) await client.publish('ledger.publish', { n });
    await client.emit('ledger.work', { n: 61 });
    await vi.waitFor(() => expect(news.numbers.get('news')).toEqual([1, 2, 3, 4, 5]), waitOptions);
    await vi.waitFor(() => expect(lateNews.numbers.get('news')).toEqual([4, 5]), waitOptions);
    await vi.waitFor(() => expect(processesOf(61)).toEqual([2]), waitOptions);
    expect([...news.problems, ...lateNews.problems, ...lateNews.gaps]).toEqual([]);
    expect(warn.mock.calls).toEqual([]);
  }, 40_000);
});

describe('a gateway that drains and is started again', () => {
  const settings = 'drain: { deadlineMs: 8000, spreadMs: 100 }';

  it('answers what was open; what is new waits in the client for the next process, and all is done once', async () => {
    await open(settings);
    const [running, later] = [numbers(1, 5), numbers(11, 25)];
    const answers = requests('ledger.held', running);
    const stream = readAll('ledger.rows', 6);
    await vi.waitFor(() => expect(gateway.begun).toHaveLength(6), waitOptions);

    gateway.child.kill('SIGTERM');
    await vi.waitFor(() => expect(client.state.status).toBe('draining'), waitOptions);
    const emitted = later.map((n) => client.emit('ledger.work', { n }, { key: `k${n % 3}` }));
    const asked = client.request('ledger.work', { n: 50 });
    expect(client.usage).toMatchObject({ queued: 26, credit: 0 });
    gateway.openGate();
    expect(await Promise.all(answers)).toMatchObject(running.map((n) => ({ n })));
    expect(await stream).toEqual([1, 2, 3]);
    expect(await gateway.child.ended).toBe(0);
    expect(gateway.begun).toHaveLength(6);
    expect(client.usage.queued).toBe(26);

    await gateway.start();
    await settled([...emitted, asked]);
    await vi.waitFor(() => expect(runs([...later, 50])).toEqual(each([...later, 50], [2])), waitOptions);
    expect(runs([...running, 6])).toEqual(each([...running, 6], [1]));
    expect(failures).toEqual([]);
    expect(continuities()).toEqual(['new', 'lost']);
    const statuses = states.map(({ status }) => status);
    expect(statuses.slice(statuses.indexOf('draining') - 1, statuses.indexOf('draining') + 2)).toEqual([
      'open',
      'draining',
      'waiting',
    ]);
    expect(statuses.filter((status) => status === 'draining')).toHaveLength(1);
    expect(news.gaps).toMatchObject([{ topic: 'news', reason: 'reset' }]);
  }, 40_000);

  it('loses nothing of what is emitted all the while, and does nothing twice', async () => {
    await open(settings);
    const all = numbers(1, 1000);
    const emitting = (async () => {
      for (const n of all) {
        void client.emit('ledger.work', { n });
        if (n % 3 === 0) await wait(1);
      }
    })();
    await vi.waitFor(() => expect(gateway.begun.length).toBeGreaterThan(200), { ...waitOptions, interval: 1 });
    gateway.child.kill('SIGTERM');
    expect(await gateway.child.ended).toBe(0);
    await gateway.start();
    await emitting;
    await vi.waitFor(() => expect(client.usage).toMatchObject({ queued: 0, open: 1 }), waitOptions);
    const ran = gateway.begun.map(({ n }) => n);
    expect(new Set(ran).size).toBe(ran.length);
    expect(new Set(gateway.begun.map(({ pid }) => pid)).size).toBe(2);
    expect(failures).toEqual([]);
    expect(ran.length).toBe(all.length);
    expect(warn.mock.calls).toEqual([]);
  }, 40_000);
});
