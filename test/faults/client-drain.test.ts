/** Events that cross the goaway of a gateway on their way: it never had them, so the next one does them. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Client, connect, type EmitFailure } from '../../src/client.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

const waitOptions = { timeout: 5000, interval: 5 } as const;

let ran: unknown[];
let release: () => void;
let gateway: Gateway;
let client: Client;
let failures: EmitFailure[];

const work = defineHandler({ type: 'work', handle: ({ data }) => void ran.push(data) });
const held = defineHandler({
  type: 'held',
  handle: () =>
    new Promise<void>((resolve) => {
      release = resolve;
    }),
});

const start = (port: number): Promise<Gateway> =>
  startTestGateway([work, held], { listen: { port }, drain: { deadlineMs: 5000, spreadMs: 100 } });

beforeEach(async () => {
  ran = [];
  failures = [];
  gateway = await start(0);
  client = connect(gateway.url, { reconnect: { minMs: 10, maxMs: 50 } });
  client.failures$.subscribe((failure) => void failures.push(failure));
  await client.ready;
});

afterEach(async () => {
  await client.close();
  await expectConservation(gateway);
  gateway.close();
});

it('one that was on its way when the socket was closed is done by the next gateway', async () => {
  const { port } = gateway;
  await client.emit('work', 'on its way');
  await gateway.drain();
  expect(ran).toEqual([]);
  gateway = await start(port);
  await client.emit('work', 'later');
  await vi.waitFor(() => expect(ran).toContain('later'), waitOptions);
  expect(ran).toEqual(['on its way', 'later']);
  expect(failures).toEqual([]);
});

it('those with a key that the gateway refused meanwhile are done by the next one, in their order', async () => {
  const { port } = gateway;
  // It keeps the socket open while the gateway drains.
  const open = client.request('held');
  await vi.waitFor(() => expect(gateway.inUse().busy).toBe(1), waitOptions);
  // They leave at the end of this turn, and the goaway is on its way by then.
  for (const n of [1, 2, 3]) void client.emit('work', n, { key: 'k' });
  const drained = gateway.drain();
  await vi.waitFor(() => expect(client.state.status).toBe('draining'), waitOptions);
  void client.emit('work', 4, { key: 'k' });
  release();
  await open;
  await drained;
  expect(ran).toEqual([]);
  gateway = await start(port);
  await vi.waitFor(() => expect(ran).toContain(4), waitOptions);
  expect(ran).toEqual([1, 2, 3, 4]);
  expect(failures).toEqual([]);
});
