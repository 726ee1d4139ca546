/** fastify with its WebSocket plugin, JSON in, JSON out: a common framework around the `ws` package. */
import type { AddressInfo } from 'node:net';
import websocket from '@fastify/websocket';
import fastify from 'fastify';

interface Frame {
  readonly op: string;
  readonly id: number;
  readonly data: unknown;
}

const server = fastify();
await server.register(websocket, { options: { perMessageDeflate: false } });

server.get('/v1/socket', { websocket: true }, (socket) => {
  socket.on('message', (message) => {
    const frame: Frame = JSON.parse(message.toString());
    socket.send(JSON.stringify({ op: 'end', id: frame.id, data: frame.data }));
  });
});

await server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 });
const { port } = server.server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ port })}\n`);

process.once('SIGTERM', () => process.exit(0));
