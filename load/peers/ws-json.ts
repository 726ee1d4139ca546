/** What most projects start from: the `ws` package, JSON in, JSON out. */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

interface Frame {
  readonly op: string;
  readonly id: number;
  readonly data: unknown;
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4096 });

server.on('connection', (socket) => {
  socket.on('message', (message) => {
    const frame: Frame = JSON.parse(message.toString());
    socket.send(JSON.stringify({ op: 'end', id: frame.id, data: frame.data }));
  });
});

server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});

process.once('SIGTERM', () => process.exit(0));
