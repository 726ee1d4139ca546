/** Sockets for a client of which a test keeps the other handle: to break them, or to say what the client never would. */
import { WebSocket } from 'ws';
import type { OpenSocket } from '../../src/client.js';

export interface HeldSockets {
  /** For the options of the client. */
  readonly openSocket: OpenSocket;
  /** Every socket it has opened, in their order. */
  readonly all: readonly WebSocket[];
  /** The newest. */
  readonly last: WebSocket;
}

/** Sockets of the package `ws`, as the client would open them itself. */
export function heldSockets(): HeldSockets {
  const all: WebSocket[] = [];
  const openSocket: OpenSocket = (url, subprotocol, events) => {
    const socket = new WebSocket(url, subprotocol);
    all.push(socket);
    socket.on('open', () => events.opened());
    socket.on('message', (data: Buffer, isBinary) => events.message(isBinary ? new Uint8Array(data) : data.toString()));
    socket.on('close', (code, reason) => events.closed(code, reason.toString()));
    // What went wrong is told by the close that follows.
    socket.on('error', () => undefined);
    return {
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      send: (message) => socket.send(message),
      close: (code, reason) => socket.close(code, reason),
      cut: () => socket.terminate(),
    };
  };
  return {
    openSocket,
    all,
    get last() {
      const socket = all.at(-1);
      if (socket === undefined) throw new Error('expected a socket, got none yet');
      return socket;
    },
  };
}
