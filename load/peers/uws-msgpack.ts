/** The limit's counterpart in MessagePack: bare uWebSockets.js, unpack, pack the reply. */

import { App } from 'uWebSockets.js';
import { Packr } from 'msgpackr';
import { serve } from './uws-server.js';

interface Frame {
  readonly op: string;
  readonly id: number;
  readonly data: unknown;
}

// Plain maps: record definitions are an extension that other MessagePack libraries do not read.
const packr = new Packr({ useRecords: false });

serve(
  App().ws('/*', {
    maxPayloadLength: 1 << 20,
    maxBackpressure: 0,
    message(socket, message) {
      const frame: Frame | Frame[] = packr.unpack(new Uint8Array(message));
      if (Array.isArray(frame)) {
        socket.send(packr.pack(frame.map(end)), true);
        return;
      }
      socket.send(packr.pack({ op: 'end', id: frame.id, data: frame.data }), true);
    },
  }),
);

function end(frame: Frame): object {
  return { op: 'end', id: frame.id, data: frame.data };
}
