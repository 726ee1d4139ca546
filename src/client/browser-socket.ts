/** The WebSocket of browsers, which Node has too from version 22 on. */
import type { Encoded } from './encoding.js';
import type { ClientSocket, SocketEvents } from './socket.js';

/** What is used of it; the types of the DOM are not there for everybody. */
interface StandardSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(message: Encoded): void;
  close(code?: number, reason?: string): void;
}

/** `WebSocket.OPEN`. */
const open = 1;

type StandardSocketConstructor = new (url: string, subprotocol: string) => StandardSocket;

/** Opens one. @throws when the platform has none, or the URL is none */
export function openBrowserSocket(url: string, subprotocol: string, events: SocketEvents): ClientSocket {
  const { WebSocket } = globalThis as unknown as { readonly WebSocket?: StandardSocketConstructor };
  if (WebSocket === undefined) throw new TypeError('expected the platform to have a WebSocket, got none');
  const socket = new WebSocket(url, subprotocol);
  socket.binaryType = 'arraybuffer';
  let isOver = false;
  const over = (code: number, reason: string): void => {
    if (isOver) return;
    isOver = true;
    socket.onopen = null;
    socket.onmessage = null;
    events.closed(code, reason);
  };
  socket.onopen = () => events.opened();
  socket.onmessage = ({ data }) =>
    events.message(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
  socket.onclose = ({ code, reason }) => over(code, reason);
  // Says nothing; the close that follows does.
  socket.onerror = () => undefined;
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    send(message) {
      // Of a socket that is being closed it would only be told on the console.
      if (socket.readyState === open) socket.send(message);
    },
    close: (code, reason) => socket.close(code, reason),
    // The other side may be gone, and its answer would be waited for: nobody does.
    cut() {
      socket.close();
      over(1006, '');
    },
  };
}
