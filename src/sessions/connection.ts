/** One socket, and the session that is on it: at first one of its own, or an earlier one that is taken up again. */
import type { Codec } from '../model/codec.js';
import type { Outbox } from '../model/outbox.js';
import type { Socket } from '../model/transport.js';
import type { Session } from './session.js';

export interface Connection {
  readonly socket: Socket;
  readonly codec: Codec;
  readonly outbox: Outbox;
  session: Session;
}

/** Whether its session is on it still, and not on another socket. */
export function isCurrent({ outbox, session }: Connection): boolean {
  return session.outbox === outbox;
}
