import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GatewayClient } from '../../src/client/gateway-client.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { FakeSockets, turn } from './fake-sockets.js';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function aClient(options: ConnectOptions = {}) {
  const sockets = new FakeSockets();
  const client = new GatewayClient(sockets.options(options), options.signal);
  await turn();
  sockets.last.welcome();
  sockets.last.newFrames();
  return { client, sockets };
}

it('an observer that closes the client when it first looks is told so', async () => {
  const { client } = await aClient();
  const seen: string[] = [];
  client.state$.subscribe(({ status }) => {
    seen.push(status);
    if (status === 'open') void client.close({ drain: false });
  });
  expect(seen).toEqual(['open', 'closed']);
});
