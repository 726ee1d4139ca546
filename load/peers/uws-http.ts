/** The limit over HTTP: bare uWebSockets.js, `POST /v1/events`, the body parsed and its `data` sent back as JSON. */
import { App } from 'uWebSockets.js';
import { serve } from './uws-server.js';

const decoder = new TextDecoder();

serve(
  App().post('/v1/events', (response) => {
    let isAborted = false;
    let earlier: Uint8Array | undefined;
    response.onAborted(() => {
      isAborted = true;
    });
    response.onData((chunk, isLast) => {
      if (isAborted) return;
      if (!isLast) {
        // The chunk is detached after this call, so a body in several pieces is copied together.
        earlier = joined(earlier, chunk);
        return;
      }
      const body = earlier === undefined ? chunk : joined(earlier, chunk);
      const event: { readonly data: unknown } = JSON.parse(decoder.decode(body));
      response.writeHeader('content-type', 'application/json').end(JSON.stringify(event.data));
    });
  }),
);

function joined(earlier: Uint8Array | undefined, chunk: ArrayBuffer): Uint8Array {
  return Buffer.concat(earlier === undefined ? [new Uint8Array(chunk)] : [earlier, new Uint8Array(chunk)]);
}
