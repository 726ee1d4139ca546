/** socket.io over the `ws` package, WebSocket only: each event is answered by its acknowledgement. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answerEvents, socketioOptions } from './socketio-echo.js';

const server = createServer();
answerEvents(new Server(server, socketioOptions));

server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});

process.once('SIGTERM', () => process.exit(0));
