/** The codecs, by the subprotocol that names them. */
import type { Codec } from '../model/codec.js';
import type { Subprotocol } from '../protocol/limits.js';
import { jsonCodec } from './json-codec.js';
import { msgpackCodec } from './msgpack-codec.js';

const bySubprotocol: Readonly<Record<Subprotocol, Codec>> = {
  'sluice.v1.msgpack': msgpackCodec,
  'sluice.v1.json': jsonCodec,
};

/** The codec a socket speaks; JSON where no subprotocol was agreed on. */
export function codecFor(subprotocol: string): Codec {
  return Object.hasOwn(bySubprotocol, subprotocol) ? bySubprotocol[subprotocol as Subprotocol] : jsonCodec;
}

export { asBadFrame, BadFrame } from './bad-frame.js';
export { jsonCodec } from './json-codec.js';
export { msgpackCodec } from './msgpack-codec.js';
export { UndecodableError } from './undecodable-error.js';
