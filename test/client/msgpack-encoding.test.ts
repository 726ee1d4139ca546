import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msgpackEncoding } from '../../src/client/msgpack-encoding.js';
import { msgpackCodec } from '../../src/codec/codecs.js';
import { anyData } from '../support/any-data.js';
import { anyEventFields, given } from './any-event-fields.js';

const decoded = (message: string | Uint8Array): unknown => msgpackCodec.decodeUntrusted(message as Uint8Array);

describe('the MessagePack encoding', () => {
  it('writes events the gateway reads with the same fields, whatever is in them', () => {
    fc.assert(
      fc.property(anyEventFields, anyData, (fields, value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const data = msgpackEncoding.data(plain);
        expect(decoded(msgpackEncoding.event(fields, data))).toEqual({ op: 'event', ...given(fields), data: plain });
        expect(decoded(msgpackEncoding.event(fields, undefined))).toEqual({ op: 'event', ...given(fields) });
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it('carries bytes, alone and inside', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);
    for (const data of [bytes, { bytes, 'a"b': [bytes.subarray(3, 5)] }]) {
      const frame = decoded(msgpackEncoding.event({ type: 'echo', id: 2 ** 45 }, msgpackEncoding.data(data)));
      expect(frame).toMatchObject({ op: 'event', type: 'echo', id: 2 ** 45 });
      const { data: got } = frame as { data: Uint8Array | { bytes: Uint8Array; 'a"b': Uint8Array[] } };
      if (got instanceof Uint8Array) expect([...got]).toEqual([...bytes]);
      else expect([[...got.bytes], [...(got['a"b'][0] as Uint8Array)]]).toEqual([[...bytes], [3, 4]]);
    }
  });

  it('keeps what it has encoded apart: an event is not changed by those encoded after it', () => {
    const first = msgpackEncoding.data({ n: 1 });
    const frames = [msgpackEncoding.event({ type: 'a', id: 1 }, first)];
    for (let id = 2; id <= 200; id += 1)
      frames.push(msgpackEncoding.event({ type: 'b', id }, msgpackEncoding.data({ n: id })));
    frames.push(msgpackEncoding.event({ type: 'a', id: 201 }, first));
    const all = decoded(msgpackEncoding.array(frames)) as { id: number; data: { n: number } }[];
    expect(all.map(({ id, data }) => [id, data.n])).toEqual(
      Array.from({ length: 201 }, (_, index) => [index + 1, index === 200 ? 1 : index + 1]),
    );
  });

  it.each([1, 15, 16, 255, 256])('puts %i frames into one message, in their order', (count) => {
    const frames = Array.from({ length: count }, (_, index) => msgpackEncoding.frame({ op: 'cancel', id: index }));
    const message = decoded(msgpackEncoding.array(frames)) as { id: number }[];
    expect(message.map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(msgpackEncoding.byteLength(msgpackEncoding.array(frames))).toBe(msgpackEncoding.array(frames).length);
  });

  it('reads what the gateway writes: whole numbers beyond 32 bits are numbers', () => {
    const frame = {
      op: 'item',
      id: 2 ** 40,
      n: 2 ** 33,
      data: { 'a"b': ['é', null, 1.5, -(2 ** 35)] },
      key: '"',
    } as const;
    expect(msgpackEncoding.decode(msgpackCodec.frame(frame) as Uint8Array)).toEqual(frame);
  });

  it('does not read a text, nor bytes that are cut off or go on', () => {
    const whole = msgpackEncoding.frame({ op: 'ping' }) as Uint8Array;
    expect(() => msgpackEncoding.decode('{"op":"ping"}')).toThrow('expected a binary message, got text');
    expect(() => msgpackEncoding.decode(whole.subarray(0, -1))).toThrow();
    expect(() => msgpackEncoding.decode(Uint8Array.of(...whole, 1))).toThrow();
  });

  it('tells no data from null, and refuses what MessagePack cannot hold', () => {
    expect(msgpackEncoding.data(undefined)).toBeUndefined();
    expect(msgpackEncoding.data(null)).toEqual(Buffer.of(0xc0));
    expect(() => msgpackEncoding.data(() => 1)).toThrow('expected data MessagePack can hold, got function');
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => msgpackEncoding.data(cycle)).toThrow(TypeError);
  });
});
