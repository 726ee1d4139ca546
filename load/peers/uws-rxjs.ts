/**
 * The limit with RxJS put in the obvious way: a Subject of events, `filter`, `mergeMap` with an async handler. It has
 * no bound anywhere; it shows what the operators cost.
 */

import { App, type WebSocket } from 'uWebSockets.js';
import { filter, mergeMap, Subject } from 'rxjs';
import { serve } from './uws-server.js';

interface Frame {
  readonly op: string;
  readonly id: number;
  readonly type: string;
  readonly data: unknown;
}

interface Received {
  readonly socket: WebSocket<unknown>;
  readonly frame: Frame;
}

const decoder = new TextDecoder();
const received = new Subject<Received>();

received
  .pipe(
    filter(({ frame }) => frame.op === 'event'),
    mergeMap(async ({ socket, frame }) => ({ socket, id: frame.id, data: await handle(frame) })),
  )
  .subscribe(({ socket, id, data }) => {
    socket.send(JSON.stringify({ op: 'end', id, data }), false);
  });

serve(
  App().ws('/*', {
    maxPayloadLength: 1 << 20,
    maxBackpressure: 0,
    message(socket, message) {
      received.next({ socket, frame: JSON.parse(decoder.decode(message)) });
    },
  }),
);

async function handle(frame: Frame): Promise<unknown> {
  return frame.data;
}
