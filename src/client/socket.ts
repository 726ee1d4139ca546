/**
 * A WebSocket as the client uses it. One small file for each platform makes one; the client knows no socket library.
 */
import type { Encoded } from './encoding.js';

/** An open or opening socket. */
export interface ClientSocket {
  /** Bytes that were sent and that the network has not taken. */
  readonly bufferedBytes: number;
  send(message: Encoded): void;
  /** Ends it with a close frame, whose answer is waited for a while. `closed` follows. */
  close(code: number, reason: string): void;
  /** Ends it at once, as far as the platform can. `closed` follows, unless the platform waits for the other side. */
  cut(): void;
}

/** What is told of a socket. Nothing more after `closed`. */
export interface SocketEvents {
  opened(): void;
  message(message: string | Uint8Array): void;
  /** @param refusedWith the HTTP status, where the gateway refused the connection and the platform says so */
  closed(code: number, reason: string, refusedWith?: number): void;
}

/** Opens a socket. Nothing is told of it before this has returned. @throws when the URL is none */
export type OpenSocket = (url: string, subprotocol: string, events: SocketEvents) => ClientSocket;
