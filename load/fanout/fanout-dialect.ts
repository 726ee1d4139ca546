/** How a subscriber and a publisher speak to a server. */
import { benchCodec } from '../bench/bench-codec.js';
import { clientMessage, opcodes } from '../client/client-message.js';
import { helloMessage, subprotocol } from '../client/hello.js';
import type { Encoding } from '../client/order.js';
import { messageData, topicName } from './fanout-message.js';
import type { FanoutDialectName, FanoutOrder } from './fanout-order.js';

/** Each message, of either, is a whole WebSocket message. */
export interface FanoutDialect {
  /** Path of the upgrade request. */
  readonly path: string;
  /** Offered at the upgrade. */
  readonly subprotocol: (encoding: Encoding) => string | undefined;
  /** Subscribes a new connection; the server answers with `subscribed`. */
  readonly subscribe: (topic: string, order: Pick<FanoutOrder, 'encoding' | 'takesArrays'>) => Buffer;
  /** What a new connection says that publishes; undefined: nothing, and there is no credit to wait for. */
  readonly greet: ((encoding: Encoding) => Buffer) | undefined;
  /** @param index of the message, counted over all topics */
  readonly publish: (index: number, topics: number, encoding: Encoding) => Buffer;
}

const sluice: FanoutDialect = {
  path: '/v1/socket',
  subprotocol,
  subscribe: (topic, { encoding, takesArrays }) =>
    Buffer.concat([helloMessage(encoding, takesArrays), encoded({ op: 'subscribe', id: 1, topic }, encoding)]),
  greet: (encoding) => helloMessage(encoding, false),
  publish: (index, topics, encoding) => {
    const data = { topic: topicName(index % topics), data: messageData(index) };
    return encoded({ op: 'event', type: 'bench.publish', data }, encoding);
  },
};

/** The peer passes on what it is given, so it is given the frame the gateway would have made. */
const publish: FanoutDialect = {
  path: '/',
  subprotocol: () => undefined,
  subscribe: (topic, { encoding }) => clientMessage(opcodeOf(encoding), Buffer.from(`subscribe ${topic}`)),
  greet: undefined,
  publish: (index, topics, encoding) => {
    const topic = topicName(index % topics);
    const offset = Math.floor(index / topics) + 1;
    const frame = benchCodec(encoding).encode({ op: 'message', topic, offset, data: messageData(index) });
    return clientMessage(opcodeOf(encoding), Buffer.concat([Buffer.from(`publish ${topic} `), frame]));
  },
};

export const fanoutDialects: Readonly<Record<FanoutDialectName, FanoutDialect>> = { sluice, publish };

/** A frame as a whole WebSocket message. */
export function encoded(frame: object, encoding: Encoding): Buffer {
  return clientMessage(opcodeOf(encoding), benchCodec(encoding).encode(frame));
}

function opcodeOf(encoding: Encoding): number {
  return encoding === 'json' ? opcodes.text : opcodes.binary;
}
