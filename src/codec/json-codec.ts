/** JSON: text messages. Frames sent per event are put together from a fixed head and the encoded data. */
import type { Codec, Payload } from '../model/codec.js';
import type { Id, ServerFrame } from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import { BadFrame, found } from './bad-frame.js';
import { decimal } from './decimal.js';
import { UndecodableError } from './undecodable-error.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** The codec of `sluice.v1.json`, and of JSON bodies over HTTP. */
export const jsonCodec: Codec & {
  /** Like `decode`, for bytes nobody has checked for valid UTF-8 yet. @throws UndecodableError */
  decodeUntrusted(bytes: Uint8Array): unknown;
  /** Any value as a whole body. @throws what encoding the value throws */
  value(value: unknown): string;
  /** The frame of a message that was encoded with the offset 0, with the one it got. */
  placed(message: Payload, topic: string, offset: number): Payload;
} = {
  name: 'json',
  isBinary: false,
  decode: (bytes) => decoded(decoder.decode(bytes)),
  decodeUntrusted(bytes) {
    let text: string;
    try {
      text = strictDecoder.decode(bytes);
    } catch {
      throw new UndecodableError('expected UTF-8');
    }
    return decoded(text);
  },
  frame: (frame: ServerFrame) => JSON.stringify(frame),
  end(id, data, items) {
    const value = data === undefined ? '' : `,"data":${encoded(data)}`;
    return items < 0
      ? `{"op":"end","id":${idText(id)}${value}}`
      : `{"op":"end","id":${idText(id)}${value},"n":${decimal(items)}}`;
  },
  item(id, n, data, key) {
    const value = data === undefined ? 'null' : encoded(data);
    const keyed = key === undefined ? '' : `,"key":${JSON.stringify(key)}`;
    return `{"op":"item","id":${idText(id)},"n":${decimal(n)},"data":${value}${keyed}}`;
  },
  ack: (id) => `{"op":"ack","id":${idText(id)}}`,
  message(topic, offset, data, key) {
    const value = data === undefined ? 'null' : encoded(data);
    const keyed = key === undefined ? '' : `,"key":${JSON.stringify(key)}`;
    return `${messageHead}${topic}${offsetField}${decimal(offset)},"data":${value}${keyed}}`;
  },
  placed(message, topic, offset) {
    const at = messageHead.length + topic.length + offsetField.length;
    return `${message.slice(0, at)}${decimal(offset)}${message.slice(at + 1)}`;
  },
  extended: (payload, field, value) => `${payload.slice(0, -1)},"${field}":${idText(value)}}`,
  array: (payloads) => `[${payloads.join(',')}]`,
  byteLength: (payload) => payload.length,
  value: (value) => (value === undefined ? 'null' : encoded(value)),
};

const messageHead = '{"op":"message","topic":"';
const offsetField = '","offset":';

function idText(id: Id): string {
  return typeof id === 'number' ? decimal(id) : JSON.stringify(id);
}

function encoded(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`expected a value JSON can hold, got ${typeof value}`);
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UndecodableError('expected JSON');
  }
}

function decoded(text: string): unknown {
  return checked(parse(text), text);
}

/** Puts a `BadFrame` in the place of each frame that is not within the model. */
function checked(message: unknown, text: string): unknown {
  if (!Array.isArray(message)) return isWithinModel(message, 1) ? message : lookedAt(message, largestIn(text));
  // Too many frames are refused unseen.
  if (message.length > limits.framesPerMessageMax) return message;
  let largest = 0;
  for (let i = 0; i < message.length; i += 1) {
    if (isWithinModel(message[i], 1)) continue;
    if (largest === 0) largest = largestIn(text);
    message[i] = lookedAt(message[i], largest);
  }
  return message;
}

/**
 * Whether a value and all in it is surely within the model. ±2^53 is not sure: the whole numbers next to it, which are
 * outside, are rounded to it.
 */
function isWithinModel(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value < limits.integerMax && value > -limits.integerMax;
  return typeof value !== 'object' || value === null || holdsModel(value, depth);
}

/** Run for every map and array that comes in: no allocation, no deeper than the bound, and no call for plain values. */
function holdsModel(value: object, depth: number): boolean {
  if (depth > limits.depthMax) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!isWithinModel(value[i], depth + 1)) return false;
    return true;
  }
  for (const key in value) {
    if (key === '__proto__') return false;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'string') continue;
    if (typeof inner === 'number') {
      if (inner < limits.integerMax && inner > -limits.integerMax) continue;
      return false;
    }
    if (typeof inner === 'object' && inner !== null && !holdsModel(inner, depth + 1)) return false;
  }
  return true;
}

/** A frame that may not be within the model: itself if it is after all, else what is wrong with it. */
function lookedAt(frame: unknown, largest: number): unknown {
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    const problem = problemOf(frame, 1, largest);
    return problem === undefined ? frame : new BadFrame(undefined, problem, {});
  }
  for (const [field, value] of Object.entries(frame)) {
    const problem = field === '__proto__' ? found.proto : problemOf(value, 2, largest);
    if (problem !== undefined) return new BadFrame(field === '__proto__' ? undefined : field, problem, frame);
  }
  return frame;
}

const strings = /"(?:[^"\\]|\\.)*"/g;
const rounded = /(?<![\d.])9007199254740993(?![\deE]|\.\d*[1-9eE])/;

/** The largest number a text may hold: 2^53, or one less when what became 2^53 in it was the whole number beyond. */
function largestIn(text: string): number {
  const isRounded = rounded.test(text) && rounded.test(text.replace(strings, '""'));
  return isRounded ? limits.integerMax - 1 : limits.integerMax;
}

function problemOf(value: unknown, depth: number, largest: number): string | undefined {
  if (typeof value === 'number') return value <= largest && value >= -largest ? undefined : found.number;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > limits.depthMax) return found.tooDeep;
  for (const [key, inner] of Object.entries(value)) {
    const problem = key === '__proto__' ? found.proto : problemOf(inner, depth + 1, largest);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
