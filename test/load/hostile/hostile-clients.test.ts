import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { startHostiles } from '../../../load/hostile/hostile-clients.js';

it('hostile clients run in a process of their own until they are stopped, and say what became of them', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first = '']) => first });
  await once(server, 'listening');
  let welcomed = 0;
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.once('message', () => {
      welcomed += 1;
      socket.send('{"op":"welcome","credit":1}');
      if (welcomed === 1) socket.close(4013);
    });
  });
  const { port } = server.address() as { readonly port: number };
  const groups = [{ behaviour: 'never-pull', connections: 3 }] as const;
  const hostiles = startHostiles({ host: '127.0.0.1', port, groups }, 20_000);
  onTestFinished(() => {
    hostiles.kill();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  // Three, and the one that was closed a second time.
  await vi.waitFor(() => expect(welcomed).toBe(4), { timeout: 15_000 });
  await vi.waitFor(() => expect(server.clients.size).toBe(3));
  expect(await hostiles.stop()).toEqual([
    { name: 'never-pull', connections: 3, opened: 4, closed: { 4013: 1 }, bytesWritten: expect.any(Number) },
  ]);
}, 30_000);
