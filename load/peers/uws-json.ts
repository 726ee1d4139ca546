/**
 * *The limit*: the least a JSON server on uWebSockets.js can do for an event. It parses, builds the reply and
 * stringifies it; no queue, no checks, no handler. Gateways are measured as a multiple of this one.
 */
import { App } from 'uWebSockets.js';
import { serve } from './uws-server.js';

interface Frame {
  readonly op: string;
  readonly id: number;
  readonly data: unknown;
}

// TextDecoder is the quickest way from an ArrayBuffer to a string: a slower one would flatter the gateway.
const decoder = new TextDecoder();

serve(
  App().ws('/*', {
    maxPayloadLength: 1 << 20,
    maxBackpressure: 0,
    message(socket, message) {
      const frame: Frame | Frame[] = JSON.parse(decoder.decode(message));
      if (Array.isArray(frame)) {
        socket.send(JSON.stringify(frame.map(end)), false);
        return;
      }
      socket.send(JSON.stringify({ op: 'end', id: frame.id, data: frame.data }), false);
    },
  }),
);

function end(frame: Frame): object {
  return { op: 'end', id: frame.id, data: frame.data };
}
