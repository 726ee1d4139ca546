/** The gateway behind bad networks: sessions end with their connection, and nothing is lost or counted twice. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../load/faults/fault-proxy.js';
import { parseFaults } from '../../../load/faults/faults-text.js';
import { echo } from '../../../src/demo/basics.js';
import type { Gateway } from '../../../src/gateway.js';
import { clientFrame, opcodes, RawSocket, upgradeRequest } from '../../support/raw-socket.js';
import { TestClient } from '../../support/test-client.js';
import { expectConservation, startTestGateway } from '../../support/test-gateway.js';

let gateway: Gateway;
let proxy: FaultProxy;

beforeEach(async () => {
  gateway = await startTestGateway([echo], { listen: { keepAliveMs: 300 } });
  proxy = await startFaultProxy({ targetPort: gateway.port, seed: 2026, faults: {} });
});

afterEach(async () => {
  await proxy.close();
  await vi.waitFor(() => expect(gateway.inUse().sessions).toBe(0), { timeout: 5000, interval: 10 });
  await expectConservation(gateway);
  gateway.close();
});

it('answers every event exactly once when bytes come one by one and late', async () => {
  const client = await TestClient.connect(proxy.port);
  // Not before the upgrade: the server's library answers 505 to a request line that comes in pieces.
  proxy.setFaults(parseFaults('slice=1,latency=1ms,jitter=3ms'));
  for (let id = 1; id <= 200; id++) {
    await client.until(() => (client.creditMax >= id ? true : undefined));
    client.send({ op: 'event', id, type: 'echo', data: { text: `event ${id}` } });
  }
  const ends = () => client.frames.filter(({ op }) => op === 'end' || op === 'error');
  await client.until(() => (ends().length >= 200 ? true : undefined));
  const answers = ends().sort((one, other) => (one.id as number) - (other.id as number));
  expect(answers).toEqual(
    Array.from({ length: 200 }, (_, index) => ({
      op: 'end',
      id: index + 1,
      data: { text: `event ${index + 1}` },
    })),
  );
  await client.close();
  expect(gateway.counters.received).toBe(200);
  expect(gateway.counters.succeeded).toBe(200);
});

it('ends the session when a reset comes in the middle of a frame, and has taken what came before', async () => {
  const hello = clientFrame(opcodes.text, JSON.stringify({ op: 'hello' }));
  const event = (id: number) =>
    clientFrame(opcodes.text, JSON.stringify({ op: 'event', id, type: 'echo', data: 'x'.repeat(200) }));
  const events = Array.from({ length: 9 }, (_, index) => event(index + 1));
  const whole = upgradeRequest().length + hello.length + Buffer.concat(events).length;
  proxy.setFaults({ toServer: { resetAfterBytes: whole + 100, sliceBytes: 64 } });
  const raw = await RawSocket.webSocket(proxy.port);
  raw.write(Buffer.concat([hello, ...events, event(10)]));
  await raw.untilClosed();
  await vi.waitFor(() => expect(gateway.inUse().sessions).toBe(0), { timeout: 5000, interval: 10 });
  await expectConservation(gateway);
  expect(gateway.counters.received).toBe(9);
  expect(proxy.log.filter(({ fault }) => fault !== 'shape')).toEqual([
    { connection: 1, direction: 'toServer', offset: whole + 100, fault: 'reset' },
  ]);
});

it('ends the session when its answers are cut off', async () => {
  proxy.setFaults({ toClient: { cutEveryBytes: 3000 } });
  const client = await TestClient.connect(proxy.port);
  for (let id = 1; id <= 60; id++) client.send({ op: 'event', id, type: 'echo', data: 'x'.repeat(200) });
  expect(await client.untilClosed()).toMatchObject({ code: 1006 });
  expect(client.frames.length).toBeLessThan(60);
  expect(proxy.log.at(-1)).toMatchObject({ connection: 1, direction: 'toClient', fault: 'cut' });
});

it('finds out by its own keep-alive that a client went into a black hole', async () => {
  const client = await TestClient.connect(proxy.port);
  await client.request({ id: 1, type: 'echo', data: 'before' });
  proxy.setFaults({ blackHoleAfterBytes: 0 });
  client.send({ op: 'event', id: 2, type: 'echo', data: 'into nothing' });
  client.socket.terminate();
  expect(gateway.inUse().sessions).toBe(1);
  await vi.waitFor(() => expect(gateway.inUse().sessions).toBe(0), { timeout: 10_000, interval: 10 });
  expect(gateway.counters.received).toBe(1);
});
