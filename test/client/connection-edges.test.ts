import { expect, it, vi } from 'vitest';
import { GatewayClient } from '../../src/client/gateway-client.js';
import { FakeSockets, turn } from './fake-sockets.js';
import { aClient, ownTime } from './own-time.js';

ownTime();

it('a second goaway leaves no timer that ends a later connection', async () => {
  const { client, sockets } = await aClient();
  vi.advanceTimersByTime(2000);
  sockets.last.say({ op: 'goaway', afterMs: 0, untilMs: 5000 });
  sockets.last.say({ op: 'goaway', afterMs: 0, untilMs: 5000 });
  vi.advanceTimersByTime(1000);
  sockets.last.end(4200);
  vi.advanceTimersByTime(1);
  sockets.last.welcome();
  vi.advanceTimersByTime(6500);
  expect(client.state.status).toBe('open');
  expect(sockets.all).toHaveLength(2);
});

it('connections that end as soon as they are open are followed by others after longer and longer waits', async () => {
  const { client, sockets } = await aClient({ reconnect: { attempts: 5 } });
  const waits: number[] = [];
  for (let i = 0; i < 10 && client.state.status !== 'closed'; i += 1) {
    sockets.last.end(1006);
    if (client.state.status !== 'waiting') break;
    waits.push(client.state.afterMs);
    vi.advanceTimersByTime(client.state.afterMs);
    sockets.last.welcome();
  }
  expect(waits.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
});

it('a second welcome leaves no second heartbeat', async () => {
  const { client, sockets } = await aClient();
  const before = vi.getTimerCount();
  sockets.last.welcome();
  expect(vi.getTimerCount()).toBe(before);
  await client.close({ drain: false });
  expect(vi.getTimerCount()).toBe(0);
});

it('a connection refused with 503 is followed by another as after a 41xx', async () => {
  const sockets = new FakeSockets();
  const client = new GatewayClient(sockets.options(), undefined);
  await turn();
  sockets.last.end(1006, '', 503);
  expect(client.state).toMatchObject({ status: 'waiting', afterMs: 1000 });
  await client.close({ drain: false });
});

it('a client that does not reconnect is told the reason of the close, not that it gives up', async () => {
  const { client, sockets } = await aClient({ reconnect: false, token: () => 't' });
  sockets.last.end(4001, 'expired');
  expect(client.state).toMatchObject({ status: 'closed', error: { code: 'unauthenticated' } });
});
