/**
 * The limit with a fault, to prove that the checker sees it. The first argument names the fault: `drop`,
 * `duplicate` or `corrupt`; it hits every hundredth reply.
 */
import { App } from 'uWebSockets.js';
import { serve } from '../../load/peers/uws-server.js';

interface Frame {
  readonly id: number;
  readonly data: { seq: number };
}

const fault = process.argv[2];
const every = 100;
const decoder = new TextDecoder();
let replies = 0;

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
      socket.send(reply, false);
      if (isFaulty && fault === 'duplicate') socket.send(reply, false);
    },
  }),
);
