import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonEncoding } from '../../src/client/json-encoding.js';
import { jsonCodec } from '../../src/codec/codecs.js';
import { anyData } from '../support/any-data.js';
import { anyEventFields, given } from './any-event-fields.js';

const decoded = (message: string | Uint8Array): unknown =>
  jsonCodec.decodeUntrusted(new TextEncoder().encode(message as string));

describe('the JSON encoding', () => {
  it('writes events the gateway reads with the same fields, whatever is in them', () => {
    fc.assert(
      fc.property(anyEventFields, anyData, (fields, value) => {
        const data = jsonEncoding.data(value);
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(decoded(jsonEncoding.event(fields, data))).toEqual({ op: 'event', ...given(fields), data: plain });
        expect(decoded(jsonEncoding.event(fields, undefined))).toEqual({ op: 'event', ...given(fields) });
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it.each([1, 15, 16, 255, 256])('puts %i frames into one message, in their order', (count) => {
    const frames = Array.from({ length: count }, (_, index) => jsonEncoding.frame({ op: 'cancel', id: index }));
    const message = decoded(jsonEncoding.array(frames)) as { id: number }[];
    expect(message.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => index));
  });

  it('knows the bytes of a text on the wire', () => {
    for (const text of ['', 'abc', 'é', '漢字', '👩‍🚀', 'a\u{10ffff}b']) {
      expect(jsonEncoding.byteLength(text)).toBe(new TextEncoder().encode(text).length);
    }
  });

  it('reads what the gateway writes', () => {
    const frame = { op: 'item', id: 2 ** 40, n: 1, data: { 'a"b': ['é', null, 1.5] }, key: '"' } as const;
    expect(jsonEncoding.decode(jsonCodec.frame(frame) as string)).toEqual(frame);
    expect(() => jsonEncoding.decode('{"op":')).toThrow(SyntaxError);
  });

  it('tells no data from null, and refuses what JSON cannot hold', () => {
    expect(jsonEncoding.data(undefined)).toBeUndefined();
    expect(jsonEncoding.data(null)).toBe('null');
    expect(() => jsonEncoding.data(() => 1)).toThrow('expected data JSON can hold, got function');
    expect(() => jsonEncoding.data(1n)).toThrow(TypeError);
  });
});
