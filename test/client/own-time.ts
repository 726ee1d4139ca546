/** Tests that own their clock: time moves when they say so, and a wait that is drawn is half of what it may be. */
import { afterEach, beforeEach, vi } from 'vitest';
import { GatewayClient } from '../../src/client/gateway-client.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { FakeSockets, turn } from './fake-sockets.js';

/** For every test of the file. */
export function ownTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

/** A client that has been welcomed, on sockets that lead nowhere. */
export async function aClient(options: ConnectOptions = {}) {
  const sockets = new FakeSockets();
  const client = new GatewayClient(sockets.options(options), options.signal);
  await turn();
  sockets.last.welcome();
  sockets.last.newFrames();
  return { client, sockets };
}
