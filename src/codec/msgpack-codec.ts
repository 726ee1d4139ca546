/**
 * MessagePack: binary messages of plain maps, without extension types. Frames sent per event are put together from a
 * fixed head and the encoded data.
 */
import { RESERVE_START_SPACE } from 'msgpackr';
import type { Codec, Payload } from '../model/codec.js';
import { limits } from '../protocol/limits.js';
import { BadFrame, headFields } from './bad-frame.js';
import { MsgpackHead, shortText } from './msgpack-head.js';
import { fitForMsgpack } from './msgpack-output.js';
import { MsgpackScan } from './msgpack-scan.js';
import { arrayHead, packr, unpackr } from './plain-msgpack.js';
import { UndecodableError } from './undecodable-error.js';

const scan = new MsgpackScan();
const head = new MsgpackHead();

const opEnd = Uint8Array.of(...shortText('op'), ...shortText('end'), ...shortText('id'));
const opItem = Uint8Array.of(...shortText('op'), ...shortText('item'), ...shortText('id'));
const opAck = Uint8Array.of(...shortText('op'), ...shortText('ack'), ...shortText('id'));
const fieldN = shortText('n');
const fieldS = shortText('s');
const fieldId = shortText('id');
const fieldData = shortText('data');

/** The codec of `sluice.v1.msgpack`, and of MessagePack bodies over HTTP. */
export const msgpackCodec: Codec & {
  /** The same as `decode`, which trusts nothing either. @throws UndecodableError */
  decodeUntrusted(bytes: Uint8Array): unknown;
  /** Any value as a whole body. @throws what encoding the value throws */
  value(value: unknown): Uint8Array;
} = {
  name: 'msgpack',
  isBinary: true,
  decode: (bytes) => decode(new Uint8Array(bytes)),
  decodeUntrusted: decode,
  frame: (frame) => packr.pack(fitForMsgpack(frame)),
  end(id, data, items) {
    const isStream = items >= 0;
    head.start(2 + (data === undefined ? 0 : 1) + (isStream ? 1 : 0), opEnd);
    head.id(id);
    if (isStream) {
      head.put(fieldN);
      head.unsigned(items);
    }
    if (data === undefined) return head.bytes.slice(0, head.length);
    head.put(fieldData);
    return withData(data);
  },
  item(id, n, data, key) {
    if (key !== undefined) return packr.pack(fitForMsgpack({ op: 'item', id, n, key, data: data ?? null }));
    head.start(4, opItem);
    head.id(id);
    head.put(fieldN);
    head.unsigned(n);
    head.put(fieldData);
    return withData(data === undefined ? null : data);
  },
  ack(id) {
    head.start(2, opAck);
    head.id(id);
    return head.bytes.slice(0, head.length);
  },
  message: (topic, offset, data, key) =>
    packr.pack(
      fitForMsgpack({ op: 'message', topic, offset, data: data ?? null, ...(key === undefined ? {} : { key }) }),
    ),
  extended(payload, field, value) {
    head.start(0, field === 's' ? fieldS : fieldId);
    head.id(value);
    const frame = payload as Uint8Array;
    const longer = Buffer.allocUnsafe(frame.length + head.length - 1);
    longer.set(frame);
    longer.set(head.bytes.subarray(1, head.length), frame.length);
    longer[0] = (frame[0] as number) + 1;
    return longer;
  },
  array: packedArray,
  byteLength: (payload) => payload.length,
  value: (value) => packr.pack(value === undefined ? null : required(value)),
};

/** The head, with the encoded data behind it, in one piece of memory. */
function withData(data: unknown): Uint8Array {
  const { bytes, length } = head;
  const payload = packr.pack(required(data), RESERVE_START_SPACE | length);
  for (let i = 0; i < length; i += 1) payload[i] = bytes[i] as number;
  return payload;
}

function required(value: unknown): unknown {
  const fit = fitForMsgpack(value);
  if (fit === undefined) throw new TypeError(`expected a value MessagePack can hold, got ${typeof value}`);
  return fit;
}

function packedArray(payloads: readonly Payload[]): Uint8Array {
  return Buffer.concat([arrayHead(payloads.length), ...(payloads as readonly Uint8Array[])]);
}

function decode(bytes: Uint8Array): unknown {
  scan.start(bytes);
  const frames = scan.arrayLength();
  if (frames > limits.framesPerMessageMax) return unseen(frames);
  for (let left = frames < 0 ? 1 : frames; left > 0; left -= 1) scan.value(1);
  if (!scan.isAtEnd) throw new UndecodableError('bytes follow the end of the message');
  if (scan.problem === undefined) return unpackr.unpack(bytes);
  return frames < 0 ? badFrame(bytes) : eachFrame(bytes, frames);
}

/** Too many frames are refused unseen, if they are MessagePack at all. */
function unseen(frames: number): unknown[] {
  for (let left = frames; left > 0; left -= 1) scan.skip();
  if (!scan.isAtEnd) throw new UndecodableError('bytes follow the end of the message');
  return new Array(frames).fill(null);
}

/** Some of the frames are bad: the others are decoded one by one. */
function eachFrame(bytes: Uint8Array, frames: number): unknown[] {
  scan.start(bytes);
  scan.arrayLength();
  const decoded: unknown[] = [];
  const ends: number[] = [scan.at];
  const isBad: boolean[] = [];
  for (let i = 0; i < frames; i += 1) {
    scan.problem = undefined;
    scan.value(1);
    isBad.push(scan.problem !== undefined);
    ends.push(scan.at);
  }
  for (let i = 0; i < frames; i += 1) {
    const frame = bytes.subarray(ends[i], ends[i + 1]);
    decoded.push(isBad[i] ? badFrame(frame) : unpackr.unpack(frame));
  }
  return decoded;
}

/** Reads `id` and `op` of a frame that cannot be decoded as a whole, and finds the field that is bad. */
function badFrame(frame: Uint8Array): BadFrame {
  scan.start(frame);
  scan.value(1);
  const problem = scan.problem as string;
  scan.start(frame);
  const readable: Record<string, unknown> = {};
  let badField: string | undefined;
  for (let left = scan.mapLength(); left > 0; left -= 1) {
    const name = readPart(frame);
    const value = readPart(frame, 2);
    if (typeof name !== 'string') continue;
    if (value === bad) badField ??= name;
    // A bad one stands for itself: it is there, and is neither an id nor an op.
    if ((headFields as readonly string[]).includes(name)) readable[name] = value;
  }
  return new BadFrame(badField, problem, readable);
}

const bad = Symbol('bad');

/** The next value of the frame, or `bad` when it is outside the model. */
function readPart(frame: Uint8Array, depth: number = limits.depthMax): unknown {
  const start = scan.at;
  scan.problem = undefined;
  scan.value(depth);
  return scan.problem === undefined ? unpackr.unpack(frame.subarray(start, scan.at)) : bad;
}
