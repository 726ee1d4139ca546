/**
 * Event ids of a fixed width, so that a template can be patched in place: seven digits in JSON, a four-byte unsigned
 * integer (after its 0xce) in MessagePack.
 */
import type { Encoding } from './order.js';

/** Smallest and largest id used: all of them have seven digits, and need four bytes in MessagePack. */
export const idMin = 1_000_000;
export const idMax = 9_999_999;

export interface IdField {
  /** Bytes an id takes. */
  readonly width: number;
  write(bytes: Buffer, at: number, id: number): void;
  /** Whatever stands there as a number; a number that is no id when it is not one. */
  read(bytes: Buffer, at: number): number;
}

const zero = 0x30;

const digits: IdField = {
  width: 7,
  write(bytes, at, id) {
    writeDigits(bytes, at, id, 7);
  },
  read(bytes, at) {
    let id = 0;
    for (let index = at; index < at + 7; index += 1) id = id * 10 + ((bytes[index] ?? 0) - zero);
    return id;
  },
};

const unsigned32: IdField = {
  width: 4,
  write(bytes, at, id) {
    bytes[at] = id >>> 24;
    bytes[at + 1] = id >>> 16;
    bytes[at + 2] = id >>> 8;
    bytes[at + 3] = id;
  },
  read(bytes, at) {
    return (
      (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>>
      0
    );
  },
};

/** How ids stand in frames of an encoding. */
export function idField(encoding: Encoding): IdField {
  return encoding === 'json' ? digits : unsigned32;
}

/** Writes `value` as exactly `width` decimal digits; higher digits are cut off. */
export function writeDigits(bytes: Buffer, at: number, value: number, width: number): void {
  let rest = value;
  for (let index = at + width - 1; index >= at; index -= 1) {
    const next = (rest / 10) | 0;
    bytes[index] = zero + (rest - next * 10);
    rest = next;
  }
}

/** Every position where `id` stands in `bytes`. */
export function positionsOf(field: IdField, bytes: Buffer, id: number): number[] {
  const wanted = Buffer.alloc(field.width);
  field.write(wanted, 0, id);
  const positions: number[] = [];
  for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) positions.push(at);
  return positions;
}
