import { readdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { RawSocket } from '../support/raw-socket.js';
import { startListener } from './start-listener.js';

it('a closed socket whose client reads a little, and then no more, is let go with all that was buffered', async () => {
  const { port, sockets } = await startListener({ options: { keepAliveMs: 1000 } });
  const raw = await RawSocket.webSocket(port);
  raw.socket.pause();
  raw.socket.removeAllListeners('data');
  let readBytes = 0;
  raw.socket.on('data', (data) => {
    readBytes += data.length;
    if (readBytes > 6_000_000) raw.socket.pause();
  });
  const filesBefore = readdirSync('/dev/fd').length;
  const socket = sockets.sessions[0]?.socket;
  socket?.send('x'.repeat(16_000_000));
  socket?.end(4108, 'slow');
  raw.socket.resume();
  await vi.waitFor(() => expect(readdirSync('/dev/fd').length).toBeLessThan(filesBefore), {
    timeout: 25_000,
    interval: 50,
  });
  expect(raw.isEnded).toBe(false);
  raw.destroy();
}, 30_000);
