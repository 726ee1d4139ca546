/** The MessagePack library, set to what both ends of the wire speak: plain maps, without records and extensions. */
import { Packr, Unpackr } from 'msgpackr';

/** Encodes a value that is fit for it (see `msgpack-output.ts`) into memory of its own. */
export const packr: Packr = new Packr({ useRecords: false, variableMapSize: true });

/** What an array of so many values begins with; up to 65,535 of them. */
export function arrayHead(length: number): Uint8Array {
  return length < 16 ? Uint8Array.of(0x90 | length) : Uint8Array.of(0xdc, length >> 8, length & 0xff);
}

/** Decodes bytes. They are copied out: the message they stand in may only be lent. */
export const unpackr: Unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'number',
  copyBuffers: true,
});
