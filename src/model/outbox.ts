/** The way out of a session: bounded, in order, corked. */
import type { Payload } from './codec.js';
import type { MessageBundle } from './message-bundle.js';

export interface Outbox {
  /** Whether more may be produced now; while false, streams wait. */
  readonly hasRoom: boolean;
  readonly isOpen: boolean;
  /** Nothing waits here; the socket itself may hold something. */
  readonly isEmpty: boolean;
  /** Its socket is being read: what is sent now leaves with the replies of that read. */
  readonly isBeingRead: boolean;
  /** Whether several frames may leave in one array; set once, by the client's `hello`. */
  packs: boolean;
  /** Adds one frame. Past the byte bound the socket is closed as slow, and nothing more is taken. O(1). */
  send(payload: Payload): void;
  /** Adds messages that are encoded for many. */
  sendBundle(bundle: MessageBundle): void;
  /** Writes what waits, then closes with a code. */
  close(code: number, reason: string): void;
  /** Called by the composition root: the socket's buffer has drained, or the socket is gone. */
  drained(): void;
  closed(): void;
  /** Writes what waits, as far as the socket takes it. */
  flush(): void;
}
