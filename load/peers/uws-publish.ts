/**
 * The fan-out of bare uWebSockets.js: `subscribe <topic>` subscribes a socket, and what follows `publish <topic> ` is
 * handed to `app.publish` as it came. It keeps nothing, numbers nothing, and does not know what was lost.
 */

import { App } from 'uWebSockets.js';
import { Packr } from 'msgpackr';
import { serve } from './uws-server.js';

const decoder = new TextDecoder();
const subscribed = { op: 'subscribed', id: 1, offset: 0 };
const answers = {
  text: JSON.stringify(subscribed),
  binary: new Packr({ useRecords: false }).pack(subscribed),
} as const;
const space = ' '.charCodeAt(0);
const s = 's'.charCodeAt(0);
const wordBytes = { subscribe: 'subscribe '.length, publish: 'publish '.length };

const app = App();
app.ws('/*', {
  maxPayloadLength: 1 << 20,
  maxBackpressure: 0,
  message(socket, message, isBinary) {
    const bytes = new Uint8Array(message);
    if (bytes[0] === s) {
      socket.subscribe(decoder.decode(bytes.subarray(wordBytes.subscribe)));
      socket.send(isBinary ? answers.binary : answers.text, isBinary);
      return;
    }
    const end = bytes.indexOf(space, wordBytes.publish);
    app.publish(decoder.decode(bytes.subarray(wordBytes.publish, end)), bytes.subarray(end + 1), isBinary);
  },
});
serve(app);
