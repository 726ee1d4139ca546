/** Messages by hand, in both encodings: for values that no library would write. */
import { Packr } from 'msgpackr';

export type Encoding = 'json' | 'msgpack';

/** A value that is written as it stands here. */
export class Verbatim {
  readonly json: string | undefined;
  readonly msgpack: Uint8Array | undefined;

  constructor(written: { readonly json?: string; readonly msgpack?: readonly number[] | Uint8Array }) {
    this.json = written.json;
    this.msgpack = written.msgpack === undefined ? undefined : Uint8Array.from(written.msgpack);
  }

  /** Whether it can be written in this encoding at all. */
  isIn(encoding: Encoding): boolean {
    return this[encoding] !== undefined;
  }
}

const packr = new Packr({ useRecords: false });

/** A value as bytes of its encoding; maps may have keys of any kind when given as `Map`. Undefined fields are left out. */
export function written(value: unknown, encoding: Encoding): Buffer {
  return encoding === 'json' ? Buffer.from(jsonText(value)) : packed(value);
}

function jsonText(value: unknown): string {
  if (value instanceof Verbatim) return value.json as string;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = fieldsOf(value).map(([key, inner]) => `${JSON.stringify(key)}:${jsonText(inner)}`);
  return `{${entries.join(',')}}`;
}

function packed(value: unknown): Buffer {
  if (value instanceof Verbatim) return Buffer.from(value.msgpack as Uint8Array);
  if (Array.isArray(value)) return Buffer.concat([head(0x90, 0xdc, value.length), ...value.map(packed)]);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return packr.pack(value);
  const entries = value instanceof Map ? [...value] : fieldsOf(value);
  return Buffer.concat([head(0x80, 0xde, entries.length), ...entries.flat().map(packed)]);
}

function fieldsOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, inner]) => inner !== undefined);
}

function head(fixed: number, wide: number, length: number): Buffer {
  return Buffer.from(length < 16 ? [fixed | length] : [wide, length >> 8, length & 0xff]);
}
