import { afterEach, describe, expect, it, vi } from 'vitest';
import { runClosedLoop } from '../../load/client/closed-loop.js';
import { type LoadOrder, noFaults } from '../../load/client/order.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

const echo = defineHandler({ type: 'echo', handle: async (event) => event.data });
const later = defineHandler({
  type: 'later',
  handle: (event) => new Promise((resolve) => setTimeout(resolve, 2, event.data)),
});

async function start(pipelines = {}): Promise<void> {
  gateway = await startTestGateway([echo, later], { pipelines });
}

/** Server and client share this process: CPU times mean nothing here, replies do. */
function order(more: Partial<LoadOrder>): LoadOrder {
  return {
    port: gateway.port,
    serverPid: process.pid,
    dialect: 'sluice',
    encoding: 'json',
    payload: 'small',
    type: 'echo',
    connections: 5,
    inFlight: 32,
    framesPerMessage: 1,
    keys: 0,
    warmUpMs: 20,
    windowMs: 50,
    drainMs: 1000,
    ...more,
  };
}

afterEach(async () => {
  await expectConservation(gateway);
  gateway.close();
});

describe('the closed loop goes through the gateway', () => {
  it.each<{ title: string; more: Partial<LoadOrder> }>([
    { title: 'in JSON', more: {} },
    { title: 'in MessagePack', more: { encoding: 'msgpack' } },
    { title: 'with a kilobyte of MessagePack', more: { encoding: 'msgpack', payload: 'kilobyte' } },
    { title: 'in arrays', more: { framesPerMessage: 16 } },
    { title: 'in arrays of MessagePack', more: { framesPerMessage: 16, encoding: 'msgpack' } },
    { title: 'with keys', more: { keys: 100 } },
    { title: 'with more in flight than the first credit allows', more: { inFlight: 500 } },
    { title: 'with connections that take turns', more: { connections: 100, inFlight: 1, inFlightTotal: 10 } },
  ])('$title', async ({ more }) => {
    await start();
    const result = await runClosedLoop(order(more));
    expect(result.firstFault).toBeUndefined();
    expect(result.faults).toEqual(noFaults());
    // The window opens when as many events are done as can be in flight.
    expect(gateway.counters.succeeded).toBeGreaterThan(result.events);
  });

  it('and what its slots do not take waits there', async () => {
    await start({ default: { slots: 4 } });
    const looping = runClosedLoop(order({ type: 'later', connections: 40, inFlight: 5 }));
    await vi.waitFor(() => expect(gateway.inUse().waiting).toBeGreaterThan(180), { timeout: 5000, interval: 2 });
    expect((await looping).faults).toEqual(noFaults());
  });

  it('and reports the events it refuses', async () => {
    await start();
    const { faults, firstFault } = await runClosedLoop(order({ type: 'missing', windowMs: 20 }));
    expect(faults).toEqual({ ...noFaults(), refused: faults.refused });
    expect(faults.refused).toBeGreaterThan(0);
    expect(firstFault).toMatch(/not_found/);
  });
});
