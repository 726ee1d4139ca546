/** Where a `message` frame has its offset, learnt from the first one: all of a topic differ in nothing else's length. */
import type { Encoding } from '../client/order.js';

export interface FrameShape {
  /** Bytes of the frame before the word `message`. */
  readonly word: number;
  /** Bytes of the frame before the offset. */
  readonly head: number;
  /** Bytes of the frame behind the offset. */
  readonly tail: number;
}

const keys = { json: Buffer.from('"offset":'), msgpack: Buffer.from('\xa6offset', 'latin1') } as const;
const word = Buffer.from('message');
const bracket = 0x5b;

/** @param bytes one message: a frame, or an array whose first frame it is. @returns undefined when it has no offset */
export function frameShape(bytes: Buffer, encoding: Encoding): FrameShape | undefined {
  const isJson = encoding === 'json';
  const start = firstFrame(bytes, isJson);
  const key = bytes.indexOf(keys[encoding], start);
  if (key === -1) return undefined;
  const place = key + keys[encoding].length;
  const behind = isJson ? behindDigits(bytes, place) : place + integerBytes(bytes[place] ?? 0);
  // The next frame of an array begins alike.
  const next = bytes.indexOf(bytes.subarray(start, place), behind);
  const comma = isJson && next !== -1 ? 1 : 0;
  const closing = isJson && start > 0 ? 1 : 0;
  const end = next === -1 ? bytes.length - closing : next - comma;
  return { word: bytes.indexOf(word, start) - start, head: place - start, tail: end - behind };
}

function firstFrame(bytes: Buffer, isJson: boolean): number {
  const [first = 0] = bytes;
  if (isJson) return first === bracket ? 1 : 0;
  return arrayHeaderBytes(first);
}

/** Bytes before the frames of a MessagePack array; 0 when it is none. */
export function arrayHeaderBytes(first: number): number {
  if (first >= 0x90 && first <= 0x9f) return 1;
  return first === 0xdc ? 3 : 0;
}

/** Bytes of a MessagePack integer that is not negative, by its first byte. */
function integerBytes(first: number): number {
  return first < 0x80 ? 1 : 1 + 2 ** (first - 0xcc);
}

function behindDigits(bytes: Buffer, place: number): number {
  let at = place;
  while (isDigit(bytes[at] ?? 0)) at += 1;
  return at;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
