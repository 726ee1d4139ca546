/** The floor: bare uWebSockets.js sending every message back as it came, without looking into it. */
import { App } from 'uWebSockets.js';
import { serve } from './uws-server.js';

serve(
  App().ws('/*', {
    maxPayloadLength: 1 << 20,
    maxBackpressure: 0,
    message(socket, message, isBinary) {
      socket.send(message, isBinary);
    },
  }),
);
