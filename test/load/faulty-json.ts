/**
 * The limit with a fault, to prove that the checker sees it. The first argument names the fault: `drop`, `duplicate`,
 * `corrupt`, or `swap` (two connections get each other's reply); it hits every tenth reply.
 */
import { App, type WebSocket } from 'uWebSockets.js';
import { serve } from '../../load/peers/uws-server.js';

interface Frame {
  readonly id: number;
  readonly data: { seq: number };
}

interface Held {
  readonly socket: WebSocket<unknown>;
  readonly reply: string;
}

const fault = process.argv[2];
const every = 10;
const decoder = new TextDecoder();
let replies = 0;
let held: Held | undefined;

serve(
  App().ws('/*', {
    maxBackpressure: 0,
    message(socket, message) {
      const frame: Frame = JSON.parse(decoder.decode(message));
      replies += 1;
      const isFaulty = replies % every === 0;
      if (isFaulty && fault === 'drop') return;
      if (isFaulty && fault === 'corrupt') frame.data.seq += 1;
      const reply = JSON.stringify({ op: 'end', id: frame.id, data: frame.data });
      if (fault === 'swap' && swapped({ socket, reply }, isFaulty)) return;
      socket.send(reply, false);
      if (isFaulty && fault === 'duplicate') socket.send(reply, false);
    },
  }),
);

/** Holds a faulty reply until another connection has one to swap it with. @returns whether the reply is dealt with */
function swapped(own: Held, isFaulty: boolean): boolean {
  if (held === undefined) {
    if (isFaulty) held = own;
    return isFaulty;
  }
  if (held.socket === own.socket) return false;
  held.socket.send(own.reply, false);
  own.socket.send(held.reply, false);
  held = undefined;
  return true;
}
