/** JSON, the encoding of clients that say nothing else. Events are put together around data that is encoded already. */
import { utf8Bytes } from '../protocol/utf8.js';
import type { Encoded, Encoding } from './encoding.js';

/** Text messages, `sluice.v1.json`. */
export const jsonEncoding: Encoding = {
  subprotocol: 'sluice.v1.json',
  data(value) {
    if (value === undefined) return undefined;
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`expected data JSON can hold, got ${typeof value}`);
    return text;
  },
  event(fields, data) {
    const { type, id, key, priority, ttl, idem, credit, overflow, trace } = fields;
    let frame = `{"op":"event","type":"${type}","id":${id}`;
    if (key != null) frame += `,"key":${JSON.stringify(key)}`;
    if (priority != null) frame += `,"priority":"${priority}"`;
    if (ttl != null) frame += `,"ttl":${ttl}`;
    if (idem != null) frame += `,"idem":${JSON.stringify(idem)}`;
    if (credit != null) frame += `,"credit":${credit}`;
    if (overflow != null) frame += `,"overflow":"${overflow}"`;
    if (trace != null) frame += `,"trace":${JSON.stringify(trace)}`;
    return data === undefined ? `${frame}}` : `${frame},"data":${data}}`;
  },
  frame: (frame) => JSON.stringify(frame),
  array: (frames: readonly Encoded[]) => `[${frames.join(',')}]`,
  byteLength: (encoded) => utf8Bytes(encoded as string),
  decode(message) {
    if (typeof message !== 'string') throw new TypeError('expected a text message, got bytes');
    return JSON.parse(message);
  },
};
