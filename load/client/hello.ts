/** The first frame of a session, and the subprotocol that names its encoding. */
import { Packr } from 'msgpackr';
import { clientMessage, opcodes } from './client-message.js';
import type { Encoding } from './order.js';

const packr = new Packr({ useRecords: false, variableMapSize: true });

/** Subprotocol to offer at the upgrade. */
export function subprotocol(encoding: Encoding): string {
  return `sluice.v1.${encoding}`;
}

/** A `hello` as a whole WebSocket message. With `batch` the gateway may answer several events in one array. */
export function helloMessage(encoding: Encoding, batch: boolean): Buffer {
  const hello = { op: 'hello', batch };
  if (encoding === 'json') return clientMessage(opcodes.text, Buffer.from(JSON.stringify(hello)));
  return clientMessage(opcodes.binary, packr.pack(hello));
}
