/** MessagePack, for clients that ask for it: a bundle that does not name it does not carry it. */
import { fitForMsgpack } from '../codec/msgpack-output.js';
import { arrayHead, packr, unpackr } from '../codec/plain-msgpack.js';
import type { Encoded, Encoding } from './encoding.js';

/** A fixed key: `data`, a string of four bytes. */
const dataKey = Uint8Array.of(0xa4, 0x64, 0x61, 0x74, 0x61);

/** Binary messages, `sluice.v1.msgpack`. Data may hold bytes, as `Uint8Array`. */
export const msgpackEncoding: Encoding = {
  subprotocol: 'sluice.v1.msgpack',
  data(value) {
    if (value === undefined) return undefined;
    const fit = fitForMsgpack(value);
    if (fit === undefined) throw new TypeError(`expected data MessagePack can hold, got ${typeof value}`);
    return packr.pack(fit);
  },
  event(fields, data) {
    const { type, id, key, priority, ttl, idem, credit, overflow, trace } = fields;
    const frame: Record<string, unknown> = { op: 'event', type, id };
    if (key != null) frame.key = key;
    if (priority != null) frame.priority = priority;
    if (ttl != null) frame.ttl = ttl;
    if (idem != null) frame.idem = idem;
    if (credit != null) frame.credit = credit;
    if (overflow != null) frame.overflow = overflow;
    if (trace != null) frame.trace = trace;
    const head = packr.pack(fitForMsgpack(frame));
    if (data === undefined) return head;
    const whole = joined([head, dataKey, data as Uint8Array]);
    // A map of few entries says how many in its first byte.
    whole[0] = (head[0] as number) + 1;
    return whole;
  },
  frame: (frame) => packr.pack(fitForMsgpack(frame)),
  array: (frames) => joined([arrayHead(frames.length), ...frames]),
  byteLength: (encoded) => encoded.length,
  decode(message) {
    if (typeof message === 'string') throw new TypeError('expected a binary message, got text');
    return unpackr.unpack(message);
  },
};

function joined(parts: readonly Encoded[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts as readonly Uint8Array[]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
