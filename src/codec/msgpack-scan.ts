/**
 * Looks through the bytes of a MessagePack message before anything is built from them. A library that decodes for a
 * friendly world accepts what the protocol does not: extension types (among them definitions that change how later
 * bytes are read), invalid UTF-8, the byte 0xc1, integers no double can hold, keys that are not strings.
 */
import { limits } from '../protocol/limits.js';
import { found } from './bad-frame.js';
import { UndecodableError } from './undecodable-error.js';

/** Bytes up to which a string is looked at here; the decoder is quicker for longer ones. */
const shortString = 40;

const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Reads one message; not reentrant, and reused from message to message. */
export class MsgpackScan {
  /** Where the next value starts. */
  at = 0;
  /** The first value outside the model, in words; undefined when there is none. */
  problem: string | undefined = undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;
  #view: DataView | undefined = undefined;

  /** Starts at the beginning of `bytes`. */
  start(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#view = undefined;
    this.at = 0;
    this.problem = undefined;
  }

  get isAtEnd(): boolean {
    return this.at === this.#end;
  }

  /** Items of the array that starts here, moving behind its head; −1 when something else starts here. */
  arrayLength(): number {
    const token = this.#bytes[this.at] as number;
    if (token >= 0x90 && token <= 0x9f) return this.#small(token);
    return token === 0xdc || token === 0xdd ? this.#large(token - 0xdc) : -1;
  }

  /** Entries of the map that starts here, moving behind its head; −1 when something else starts here. */
  mapLength(): number {
    const token = this.#bytes[this.at] as number;
    if (token >= 0x80 && token <= 0x8f) return this.#small(token);
    return token === 0xde || token === 0xdf ? this.#large(token - 0xde) : -1;
  }

  /**
   * Looks through one value and moves behind it; what is outside the model is noted in `problem`.
   * @param depth of this value, should it be a map or an array
   * @throws UndecodableError when the bytes end too early, or are no MessagePack
   */
  value(depth: number): void {
    const token = this.#bytes[this.at] as number;
    if (token <= 0x7f || token >= 0xe0) {
      this.at += 1;
      return;
    }
    if (token >= 0xa0 && token <= 0xbf) {
      this.at += 1;
      this.#string(token & 0x1f);
      return;
    }
    const isArray = token <= 0x9f ? token >= 0x90 : token === 0xdc || token === 0xdd;
    const isMap = token <= 0x8f || token === 0xde || token === 0xdf;
    if (!isArray && !isMap) this.#scalar(token);
    else if (depth > limits.depthMax) {
      this.#note(found.tooDeep);
      this.skip();
    } else if (isArray) {
      for (let left = this.arrayLength(); left > 0; left -= 1) this.value(depth + 1);
    } else {
      for (let left = this.mapLength(); left > 0; left -= 1) {
        this.#key();
        this.value(depth + 1);
      }
    }
  }

  /** Moves behind one value of any depth, without recursion. @throws UndecodableError as {@link value} does */
  skip(): void {
    for (let left = 1; left > 0; left -= 1) {
      const items = this.arrayLength();
      if (items >= 0) {
        left += items;
        continue;
      }
      const entries = this.mapLength();
      if (entries >= 0) left += entries * 2;
      else this.value(limits.depthMax + 1);
    }
  }

  #key(): void {
    const token = this.#bytes[this.at] as number;
    const start = this.at;
    const isShort = token >= 0xa0 && token <= 0xbf;
    const isLong = token >= 0xd9 && token <= 0xdb;
    if (!isShort && !isLong) this.#note(found.key);
    this.value(limits.depthMax + 1);
    if (isShort) this.#stringKey(start + 1);
    else if (isLong) this.#stringKey(start + 1 + (1 << (token - 0xd9)));
  }

  #stringKey(first: number): void {
    if (this.at - first !== protoKey.length) return;
    for (let i = 0; i < protoKey.length; i += 1) if (this.#bytes[first + i] !== protoKey[i]) return;
    this.#note(found.proto);
  }

  /** Anything with a tag of its own: 0xc0 to 0xdb, but for maps and arrays. */
  #scalar(token: number): void {
    this.at += 1;
    if (token >= 0xd9) this.#string(this.#unsigned(1 << (token - 0xd9)));
    else if (token >= 0xd4) this.#extension(1 << (token - 0xd4));
    else if (token >= 0xcc) this.#integer(1 << (token & 3), token >= 0xd0);
    else if (token >= 0xca) this.#float(token === 0xca ? 4 : 8);
    else if (token >= 0xc7) this.#extension(this.#unsigned(1 << (token - 0xc7)));
    else if (token >= 0xc4) this.#forward(this.#unsigned(1 << (token - 0xc4)));
    else if (token === 0xc1) throw new UndecodableError('the byte 0xc1 is no MessagePack');
    else if (token === undefined) throw truncated();
  }

  #float(bytes: 4 | 8): void {
    const start = this.at;
    this.#forward(bytes);
    const view = this.#dataView();
    const value = bytes === 4 ? view.getFloat32(start) : view.getFloat64(start);
    if (!(value <= limits.integerMax && value >= -limits.integerMax)) this.#note(found.number);
  }

  #integer(bytes: number, isSigned: boolean): void {
    const start = this.at;
    this.#forward(bytes);
    if (bytes < 8) return;
    const view = this.#dataView();
    const value = isSigned ? view.getBigInt64(start) : view.getBigUint64(start);
    if (value > BigInt(limits.integerMax) || value < -BigInt(limits.integerMax)) this.#note(found.number);
  }

  #extension(bytes: number): void {
    this.#forward(1 + bytes);
    this.#note(found.extension);
  }

  #string(length: number): void {
    const start = this.at;
    this.#forward(length);
    const bytes = this.#bytes;
    if (length <= shortString) {
      let seen = 0;
      for (let i = start; i < this.at; i += 1) seen |= bytes[i] as number;
      if (seen < 0x80) return;
    }
    try {
      strictDecoder.decode(bytes.subarray(start, this.at));
    } catch {
      throw new UndecodableError('expected UTF-8 in a string');
    }
  }

  /** The count in the head itself. */
  #small(token: number): number {
    this.at += 1;
    return token & 0x0f;
  }

  /** The count behind the head, in two or four bytes. */
  #large(is32: number): number {
    this.at += 1;
    return this.#unsigned(is32 === 1 ? 4 : 2);
  }

  #unsigned(bytes: number): number {
    const start = this.at;
    this.#forward(bytes);
    let value = 0;
    for (let i = start; i < this.at; i += 1) value = value * 256 + (this.#bytes[i] as number);
    return value;
  }

  #forward(bytes: number): void {
    this.at += bytes;
    if (this.at > this.#end) throw truncated();
  }

  #dataView(): DataView {
    const bytes = this.#bytes;
    this.#view ??= new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return this.#view;
  }

  #note(problem: string): void {
    this.problem ??= problem;
  }
}

const protoKey = new TextEncoder().encode('__proto__');

function truncated(): UndecodableError {
  return new UndecodableError('the message ends in the middle of a value');
}
