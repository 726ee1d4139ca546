/** The fixed part of the frames sent per event, written byte by byte: all that comes before the value of `data`. */
import type { Id } from '../protocol/frames.js';

const encoder = new TextEncoder();

/** Longest head: `op`, an id of 64 bytes, `n`, and the key of `data`. */
const headBytesMax = 128;

/** One head at a time; reused. Entries must be written in the number the map announced. */
export class MsgpackHead {
  readonly bytes = new Uint8Array(headBytesMax);
  length = 0;

  /** Starts a map of `entries` (1..15), the first of them `op`. */
  start(entries: number, op: Uint8Array): void {
    this.bytes[0] = 0x80 | entries;
    this.length = 1;
    this.put(op);
  }

  /** Adds bytes that are encoded already. */
  put(encoded: Uint8Array): void {
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < encoded.length; i += 1) {
      bytes[at] = encoded[i] as number;
      at += 1;
    }
    this.length = at;
  }

  id(id: Id): void {
    if (typeof id === 'number') {
      this.unsigned(id);
      return;
    }
    const { written } = encoder.encodeInto(id, this.bytes.subarray(this.length + 2));
    this.bytes[this.length] = 0xd9;
    this.bytes[this.length + 1] = written;
    this.length += 2 + written;
  }

  /** A whole number of 0..2^53, in the shortest form. */
  unsigned(value: number): void {
    if (value < 0x80) this.#big(value, 1);
    else if (value <= 0xff) this.#tagged(0xcc, value, 1);
    else if (value <= 0xffff) this.#tagged(0xcd, value, 2);
    else if (value <= 0xffffffff) this.#tagged(0xce, value, 4);
    else {
      this.#tagged(0xcf, Math.floor(value / 2 ** 32), 4);
      this.#big(value % 2 ** 32, 4);
    }
  }

  #tagged(tag: number, value: number, width: number): void {
    this.bytes[this.length] = tag;
    this.length += 1;
    this.#big(value, width);
  }

  #big(value: number, width: number): void {
    for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) {
      this.bytes[this.length] = (value >>> shift) & 0xff;
      this.length += 1;
    }
  }
}

/** A short string as MessagePack: up to 31 ASCII characters. */
export function shortText(text: string): Uint8Array {
  return Uint8Array.of(0xa0 | text.length, ...encoder.encode(text));
}
