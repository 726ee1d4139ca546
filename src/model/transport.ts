/**
 * What the rooms behind the listener know of a socket and of an HTTP request: the listener implements these, and
 * calls the handlers given to it. Nothing here names the server library.
 */

/** Result of a send: 1 written, 0 taken into the socket's buffer, 2 dropped. */
export type SendStatus = 0 | 1 | 2;

/** One WebSocket. Every call on a closed socket is a no-op (`send` returns 2). */
export interface Socket {
  readonly isOpen: boolean;
  readonly remoteAddress: string;
  /** A string leaves as a text message, bytes as a binary one. The bytes are copied. */
  send(payload: string | Uint8Array): SendStatus;
  /** Bytes, which must be valid UTF-8, leave as a text message. */
  sendText(bytes: Uint8Array): SendStatus;
  /** Runs `write` so that all its sends leave in one system call. */
  cork(write: () => void): void;
  /** Bytes waiting in user space for the kernel to take. */
  readonly bufferedBytes: number;
  /** Sends what is buffered, then a close frame. `reason` is cut to 123 bytes at a character. */
  end(code: number, reason: string): void;
  /**
   * Sends a ping of the WebSocket layer; every client library answers it by itself, and the answer carries the mark.
   * @param mark at most 125 bytes of ASCII
   */
  ping(mark?: string): void;
  /** Drops the connection at once, without a close frame. */
  terminate(): void;
}

/** What the listener calls as sockets come and go. Every call is total: the listener logs a throw as a defect. */
export interface SocketHandler<Session> {
  /** Asked at the upgrade, before a socket exists. A status refuses it. */
  refuse(): { readonly status: 503; readonly message: string } | undefined;
  open(socket: Socket, subprotocol: string): Session;
  /**
   * One whole message; `bytes` are only valid during the call. Called in the socket's order, and never more in one
   * turn of the event loop than is fair to others: the rest waits in the listener, up to the flood bounds.
   * @returns how many frames it held, for that count
   */
  message(session: Session, bytes: ArrayBuffer, isBinary: boolean): number;
  /**
   * Anything was heard that is not a message: a ping or pong of the WebSocket layer.
   * @param mark what a pong carries, if that is short; it may be an answer to a ping that carried it
   */
  heard(session: Session, mark?: string): void;
  /** The socket's buffer has room again. */
  drain(session: Session): void;
  /**
   * The socket is gone, or only waits for its last bytes to leave: it cannot be used any more. Called once for every
   * `open` that returned, also from inside of `Socket.end` and `Socket.terminate`. `reason` is the library's text when
   * it closed by itself, such as for a broken frame.
   */
  close(session: Session, code: number, reason: string): void;
}

/** One HTTP request, its body complete. Header names are lower case. */
export interface HttpRequest {
  /** That of the route, or `head`. */
  readonly method: 'get' | 'post' | 'head';
  /** That of the route. */
  readonly path: string;
  /** What stands in the path for the route's parameter, decoded; empty for a route without one. */
  readonly parameter: string;
  /** Asked of the system at first use, about 1 µs: read it where it is needed, and before the answer. */
  readonly remoteAddress: string;
  /** Empty when absent; several lines are joined by commas. @throws when the route does not name this header */
  header(name: string): string;
  /** The first value of that name, decoded; undefined when absent. @throws when the route does not name it */
  query(name: string): string | undefined;
  /** Only valid during `handle`: what is kept of it must be copied. */
  readonly body: Uint8Array;
}

/** The answer to one HTTP request. Calls after the client went away are no-ops. */
export interface HttpExchange {
  readonly isAborted: boolean;
  /** Answers at once with a whole body. A header with a control character is a defect: 500 is answered instead. */
  respond(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void;
  /** As `respond`, with bytes that never change: they are not copied for a client that reads slowly. */
  respondKept(status: number, headers: Readonly<Record<string, string>>, bytes: Uint8Array): void;
  /**
   * Starts an answer of unknown length. Status and headers leave with the first chunk. A HEAD request has its whole
   * answer with them: they leave at once, and it is as if the client had gone.
   */
  start(status: number, headers: Readonly<Record<string, string>>): void;
  /**
   * The chunk is taken in any case, unless the answer has ended.
   * @returns false when the socket has no room: wait for `onWritable`
   */
  write(chunk: string): boolean;
  end(): void;
  /** Cuts the connection at once, whatever of the answer is still under way. The aborted callback is called. */
  terminate(): void;
  /**
   * At most one callback each; called once (aborted; at once, if it is too late) or every time room comes back
   * (writable).
   */
  onAborted(callback: () => void): void;
  onWritable(callback: () => void): void;
}

/** A route of the HTTP side. */
export interface HttpRoute {
  readonly method: 'get' | 'post';
  /** Without query. Its last segment may be a parameter, such as `/v1/topics/:topic`, which stands for one that is not empty. */
  readonly path: string;
  /** Lower-case names of the headers that `handle` reads: the rest of them is gone when the body has come. */
  readonly headers?: readonly string[];
  /** Names in the query that `handle` reads. */
  readonly query?: readonly string[];
  /** Bodies over this many bytes are refused with 413 while they arrive. */
  readonly bodyBytesMax: number;
  /** The answer for a request refused before `handle`: too large, or malformed. */
  refuse(exchange: HttpExchange, status: 400 | 413, message: string): void;
  handle(request: HttpRequest, exchange: HttpExchange): void;
}
