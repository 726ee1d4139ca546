/** The gateway's own protocol: says hello, awaits the welcome, and obeys credit. */
import { opcodes } from '../client-message.js';
import { eventFrame } from '../event-frame.js';
import { helloMessage, subprotocol } from '../hello.js';
import type { Dialect } from './dialect.js';
import { hearFrame, readFrames } from './frames.js';

export const sluice: Dialect = {
  path: '/v1/socket',
  subprotocol,
  opcode: (encoding) => (encoding === 'json' ? opcodes.text : opcodes.binary),
  event: eventFrame,
  // The welcome is a frame like any other, and brings the credit.
  talk: ({ order, send, content }) => ({
    begin: () => send(helloMessage(order.encoding, order.framesPerMessage > 1)),
    message: content,
  }),
  read: readFrames,
  hear: hearFrame,
};
