/** Frames to payloads and back, for the clients of a scenario. */
import { Packr } from 'msgpackr';
import type { Encoding } from '../client/order.js';

/** A decoded frame; what is in it is looked at where it is used. */
export interface Frame {
  readonly op: string;
  readonly [field: string]: unknown;
}

export interface BenchCodec {
  encode(frame: object): Buffer;
  /** The frames of one message. @throws when it does not decode */
  decode(bytes: Buffer): readonly Frame[];
}

const packr = new Packr({ useRecords: false, variableMapSize: true });

const json: BenchCodec = {
  encode: (frame) => Buffer.from(JSON.stringify(frame)),
  decode: (bytes) => framesOf(JSON.parse(bytes.toString('utf8'))),
};

const msgpack: BenchCodec = {
  encode: (frame) => packr.pack(frame),
  decode: (bytes) => framesOf(packr.unpack(bytes)),
};

export function benchCodec(encoding: Encoding): BenchCodec {
  return encoding === 'json' ? json : msgpack;
}

function framesOf(message: unknown): readonly Frame[] {
  return (Array.isArray(message) ? message : [message]) as Frame[];
}
