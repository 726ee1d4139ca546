/** The public entry `sluice/client/msgpack`: the encoding, for `connect(url, { encoding: msgpackEncoding })`. */
export { msgpackEncoding } from './client/msgpack-encoding.js';
