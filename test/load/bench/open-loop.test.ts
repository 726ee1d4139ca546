import { describe, expect, it, onTestFinished } from 'vitest';
import { runBench } from '../../../load/bench/bench-loop.js';
import type { BenchOrder, ClientGroup, EventKind } from '../../../load/bench/bench-order.js';
import { benchPoint } from '../../../load/bench/bench-point.js';
import { startStalledServer } from './stalled-server.js';

const kind: EventKind = { name: 'echo', type: 'echo', weight: 1, keys: 0, fillBytes: 0, data: {} };

const stallMs = 2000;

/** Four seconds against a server that stands still for two of them. */
async function measured(group: Partial<ClientGroup>, client: 'raw' | 'ws' = 'raw') {
  const server = await startStalledServer({ afterMs: 1000, stallMs });
  onTestFinished(() => server.close());
  const order: BenchOrder = {
    host: '127.0.0.1',
    port: server.port,
    encoding: 'json',
    client,
    dialect: 'bare',
    seed: 1,
    warmUpMs: 0,
    durationMs: 4000,
    drainMs: 5000,
    deadlineMs: 0,
    groups: [{ name: 'clients', connections: 4, kinds: [kind], pace: { inFlight: 1 }, ...group }],
    worker: { index: 0, of: 1 },
    numbersAfter: 0,
    eventsMax: 1000,
  };
  const answer = await runBench(order, undefined);
  return benchPoint({ label: 'test', order, answers: [answer], server: undefined });
}

describe('a server that stands still', () => {
  it.each(['raw', 'ws'] as const)('shows in the latency of an open loop, with the client %s', async (client) => {
    const point = await measured({ pace: { arrivals: { kind: 'constant', ratePerS: 200 } } }, client);
    expect(point.sent).toBe(800);
    expect(point.ok).toBe(800);
    expect(point.latency.p90Ms).toBeGreaterThan(stallMs / 2);
    expect(point.latency.p99Ms).toBeGreaterThan(stallMs * 0.9);
    // Half of the time nothing was done.
    expect(point.series.donePerS.filter((perS) => perS === 0).length).toBeGreaterThan(20);
    expect(Math.max(...point.series.offeredPerS)).toBeLessThan(400);
  });

  it('hides in a closed loop, which waits with it: few events are late', async () => {
    const point = await measured({ pace: { inFlight: 1 } });
    expect(point.offeredPerS).toBe(0);
    expect(point.ok).toBeGreaterThan(1000);
    expect(point.latency.p99Ms).toBeLessThan(stallMs / 4);
    expect(point.latency.maxMs).toBeGreaterThan(stallMs * 0.9);
  });
});
