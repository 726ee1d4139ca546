import { afterEach, describe, expect, it } from 'vitest';
import { runRequests } from '../../../load/sdk/request-loop.js';
import { clientNames } from '../../../load/sdk/sdk-order.js';
import { defineHandler, type Gateway } from '../../../src/index.js';
import { expectConservation, startTestGateway } from '../../support/test-gateway.js';

let gateway: Gateway | undefined;
afterEach(() => gateway?.close());

function order(client: (typeof clientNames)[number], port: number) {
  return { port, serverPid: process.pid, client, connections: 2, inFlight: 3, warmUpMs: 50, windowMs: 200 };
}

describe('the loop of requests', () => {
  it.each(clientNames)('measures what requests cost with %s, which are all answered', async (client) => {
    gateway = await startTestGateway([defineHandler({ type: 'echo', handle: ({ data }) => data })]);
    const result = await runRequests(order(client, gateway.port));
    expect(result.requests).toBeGreaterThan(10);
    expect(result.clientCpuNs).toBeGreaterThan(0);
    expect(gateway.counters.succeeded).toBeGreaterThanOrEqual(result.requests);
    await expectConservation(gateway);
  });

  it.each(clientNames)('fails with %s when an answer is that of another request', async (client) => {
    gateway = await startTestGateway([defineHandler({ type: 'echo', handle: () => ({ seq: -1 }) })]);
    await expect(runRequests(order(client, gateway.port))).rejects.toThrow(/expected the answer to \d+/);
  });
});
