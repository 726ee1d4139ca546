/** The WebSocket of the package `ws`, for Node. */
import { WebSocket } from 'ws';
import type { ClientSocket, SocketEvents } from './socket.js';

/** Opens one. @throws SyntaxError when the URL is none */
export function openWsSocket(url: string, subprotocol: string, events: SocketEvents): ClientSocket {
  const socket = new WebSocket(url, subprotocol, { perMessageDeflate: false });
  let refusedWith: number | undefined;
  let why = '';
  socket.on('open', () => events.opened());
  socket.on('message', (data: Buffer, isBinary: boolean) => events.message(isBinary ? data : data.toString()));
  socket.on('unexpected-response', (request, response) => {
    refusedWith = response.statusCode;
    response.resume();
    request.destroy();
    socket.terminate();
  });
  socket.on('error', (error) => {
    why ||= error.message;
  });
  socket.on('close', (code, reason) => events.closed(code, reason.toString() || why, refusedWith));
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send: (message) => socket.send(message),
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
  };
}
