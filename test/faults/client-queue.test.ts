/** A client that has far more to say than its gateway can do: what waits waits in the client, within its bounds. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Client, connect, type EmitFailure } from '../../src/client.js';
import { heapBytes } from '../support/heap.js';
import { LedgerGateway } from './ledger-gateway.js';

interface GatewayReport {
  readonly runs: number;
  readonly distinct: number;
  readonly heapBytes: number;
}

const events = 10_000;
const waitOptions = { timeout: 20_000, interval: 20 } as const;
const mib = 1024 * 1024;
const pad = 'x'.repeat(100);

let client: Client;
/** Asks about the gateway, on a connection of its own. */
let observer: Client;
let failures: EmitFailure[];
let sent = 0;

const report = async (): Promise<GatewayReport> => (await observer.request('ledger.report')) as GatewayReport;
const emit = (): Promise<void> => {
  sent += 1;
  return client.emit('ledger.slow', { n: sent, pad });
};

/** Bytes of both heaps. */
const heaps = async (): Promise<{ readonly here: number; readonly there: number }> => ({
  here: heapBytes(),
  there: (await report()).heapBytes,
});

const untilDone = (): Promise<void> =>
  vi.waitFor(() => expect(client.usage).toMatchObject({ queued: 0, open: 0 }), waitOptions);

beforeEach(async () => {
  const gateway = new LedgerGateway('pipelines: { default: { slots: 4 } }');
  await gateway.start();
  client = connect(gateway.url, { queue: { items: events } });
  observer = connect(gateway.url);
  failures = [];
  sent = 0;
  client.failures$.subscribe((failure) => void failures.push(failure));
  // Code that runs for the first time takes memory too.
  for (let i = 0; i < 500; i += 1) await emit();
  await untilDone();
});

afterEach(async () => {
  await client.close({ drain: false });
  await observer.close({ drain: false });
});

describe('events against four slots of a millisecond', () => {
  it('wait in the client when ten thousand are sent at once: its heap grows by them alone, and the gateway’s does not', async () => {
    const before = await heaps();
    const left = Promise.all(Array.from({ length: events }, emit));
    const { queued, open } = client.usage;
    expect(queued + open).toBe(events);
    expect(queued).toBeGreaterThan(events / 2);
    expect((await heaps()).here - before.here).toBeLessThan(events * 2048);
    let last = queued;
    for (let share = 0.75; share >= 0.25; share -= 0.25) {
      await vi.waitFor(() => expect(client.usage.queued).toBeLessThanOrEqual(queued * share), waitOptions);
      const { here, there } = await heaps();
      expect(client.usage.queued).toBeLessThan(last);
      last = client.usage.queued;
      expect(here - before.here).toBeLessThan(events * 2048);
      expect(there - before.there).toBeLessThan(4 * mib);
    }
    await left;
    await untilDone();
    const after = await heaps();
    expect(after.here - before.here).toBeLessThan(2 * mib);
    expect(after.there - before.there).toBeLessThan(4 * mib);
    expect(await report()).toMatchObject({ runs: sent, distinct: sent });
    expect(failures).toEqual([]);
  }, 60_000);

  it('wait for each other when each is awaited: nothing is queued anywhere, and both heaps are flat', async () => {
    const before = await heaps();
    let most = 0;
    for (let i = 1; i <= events / 2; i += 1) {
      await emit();
      most = Math.max(most, client.usage.queued);
      if (i % (events / 8) !== 0) continue;
      const { here, there } = await heaps();
      expect(here - before.here).toBeLessThan(2 * mib);
      expect(there - before.there).toBeLessThan(4 * mib);
    }
    await untilDone();
    expect(most).toBeLessThanOrEqual(1);
    expect(await report()).toMatchObject({ runs: sent, distinct: sent });
    expect(failures).toEqual([]);
  }, 60_000);
});
