import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runFanout } from '../../../load/fanout/fanout-loop.js';
import { type FanoutOrder, noDeliveryFaults } from '../../../load/fanout/fanout-order.js';
import { type RunningServer, startPeer } from '../../../load/processes/server.js';

const peer = fileURLToPath(new URL('../../../load/peers/uws-publish.ts', import.meta.url));
const faulty = fileURLToPath(new URL('./faulty-fanout.ts', import.meta.url));
const servers = new Map<string, Promise<RunningServer>>();

/** Each server is started once; they forget a topic when nobody is subscribed any more. */
function started(script: string, fault: string): Promise<RunningServer> {
  const name = `${script} ${fault}`;
  const server = servers.get(name) ?? startPeer(script, [fault]);
  servers.set(name, server);
  return server;
}

async function order(script: string, fault: string, more: Partial<FanoutOrder> = {}): Promise<FanoutOrder> {
  const server = await started(script, fault);
  return {
    port: server.port,
    serverPid: server.pid,
    dialect: script === peer ? 'publish' : 'sluice',
    encoding: 'json',
    takesArrays: false,
    subscribers: 20,
    topics: 1,
    inFlight: 8,
    warmUpMs: 20,
    windowMs: 80,
    drainMs: 2000,
    ...more,
  };
}

afterAll(async () => {
  await Promise.all([...servers.values()].map(async (server) => (await server).stop()));
});

describe('a fan-out goes through', () => {
  it.each<{ title: string; script: string; more: Partial<FanoutOrder> }>([
    { title: 'app.publish', script: peer, more: {} },
    { title: 'app.publish in MessagePack', script: peer, more: { encoding: 'msgpack' } },
    { title: 'app.publish with a topic for each subscriber', script: peer, more: { topics: 20 } },
    { title: 'app.publish with one in flight', script: peer, more: { inFlight: 1 } },
    { title: 'the gateway’s protocol', script: faulty, more: {} },
    { title: 'the gateway’s protocol with arrays', script: faulty, more: { takesArrays: true } },
    { title: 'the gateway’s protocol with some topics', script: faulty, more: { topics: 4 } },
  ])('$title', async ({ script, more }) => {
    const result = await runFanout(await order(script, 'none', more));
    expect(result.firstFault).toBeUndefined();
    expect(result.faults).toEqual(noDeliveryFaults());
    expect(result.deliveries).toBeGreaterThan(20);
    expect(result.parsed).toBeGreaterThan(20);
    expect(result.serverCpuNs).toBeGreaterThan(0);
  });
});

describe('a fan-out finds', () => {
  it.each([
    { fault: 'drop', kind: 'missing' },
    { fault: 'duplicate', kind: 'duplicate' },
    { fault: 'swap', kind: 'late' },
  ] as const)('what a server does wrong: $fault', async ({ fault, kind }) => {
    for (const takesArrays of [false, true]) {
      const { faults, firstFault } = await runFanout(await order(faulty, fault, { takesArrays, drainMs: 80 }));
      expect(faults[kind]).toBeGreaterThan(0);
      expect(firstFault).toMatch(/expected offset \d+, got \d+/);
    }
  });

  it('nothing more to publish when there is no more credit', async () => {
    const result = await runFanout(await order(faulty, 'credit'));
    expect(result.faults).toEqual(noDeliveryFaults());
    expect(result.deliveries).toBe(0);
  });

  it('that nobody listens', async () => {
    await expect(runFanout({ ...(await order(peer, 'none')), port: 1 })).rejects.toThrow(/ECONNREFUSED/);
  });
});
