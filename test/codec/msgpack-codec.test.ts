import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { BadFrame, msgpackCodec, UndecodableError } from '../../src/codec/codecs.js';
import { anyData } from '../support/any-data.js';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

const decode = (bytes: Uint8Array | readonly number[]): unknown => {
  const copy = Uint8Array.from(bytes);
  return msgpackCodec.decode(copy.buffer);
};
const read = (payload: unknown): unknown => unpackr.unpack(payload as Uint8Array);
/** `{op: 'event', id: 7, data: …}` with the value's bytes as given. */
const event = (data: readonly number[]): number[] => [
  0x83,
  0xa2,
  0x6f,
  0x70,
  0xa5,
  0x65,
  0x76,
  0x65,
  0x6e,
  0x74,
  0xa2,
  0x69,
  0x64,
  0x07,
  0xa4,
  0x64,
  0x61,
  0x74,
  0x61,
  ...data,
];
const proto = [0xa9, ...Buffer.from('__proto__')];

describe('the MessagePack codec', () => {
  it('decodes what a MessagePack library writes', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        expect(decode(packr.pack({ op: 'event', data }))).toEqual({ op: 'event', data });
        expect(decode(packr.pack([{ op: 'event', data }, { op: 'ping' }]))).toEqual([
          { op: 'event', data },
          { op: 'ping' },
        ]);
      }),
    );
  });

  it('takes bytes as bytes, and copies them out of the message', () => {
    const message = Uint8Array.from(event([0xc4, 0x03, 1, 2, 3]));
    const { data } = msgpackCodec.decode(message.buffer) as { data: Uint8Array };
    message.fill(0);
    expect([...data]).toEqual([1, 2, 3]);
  });

  it.each([
    { name: 'nothing', bytes: [] },
    { name: 'the byte that is never used', bytes: event([0xc1]) },
    { name: 'a string cut short', bytes: event([0xa5, 0x61]) },
    { name: 'a map without its values', bytes: [0x81, 0xa2, 0x6f, 0x70] },
    { name: 'an array of four billion', bytes: [0xdd, 0xff, 0xff, 0xff, 0xff] },
    { name: 'a map of four billion', bytes: event([0xdf, 0xff, 0xff, 0xff, 0xff]) },
    { name: 'bytes behind the end', bytes: [...event([0xc0]), 0xc0] },
    { name: 'bytes behind the end of too many frames', bytes: [0xdc, 0x01, 0x01, ...new Array(257).fill(0xc0), 0xc0] },
    { name: 'invalid UTF-8', bytes: event([0xa2, 0xc3, 0x28]) },
    { name: 'invalid UTF-8 in a key', bytes: event([0x81, 0xa1, 0xff, 0x01]) },
    { name: 'invalid UTF-8 in a long string', bytes: event([0xd9, 0x40, ...new Array(63).fill(0x61), 0xff]) },
    { name: 'a surrogate in UTF-8', bytes: event([0xa3, 0xed, 0xa0, 0x80]) },
    { name: 'bytes that end early', bytes: event([0xc6, 0xff, 0xff, 0xff, 0xff, 0x00]) },
    { name: 'an extension that ends early', bytes: event([0xc7, 0x10, 0x01]) },
    { name: 'a number that ends early', bytes: event([0xcb, 0x00]) },
  ])('calls $name undecodable', ({ bytes }) => {
    expect(() => decode(bytes)).toThrow(UndecodableError);
  });

  it.each([
    { name: 'a timestamp', data: [0xd6, 0xff, 0, 0, 0, 1], found: 'extension' },
    { name: 'the extension for undefined', data: [0xd4, 0x00, 0x00], found: 'extension' },
    { name: 'a record definition', data: [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01].slice(0, 3), found: 'extension' },
    { name: 'a long extension', data: [0xc7, 0x01, 0x42, 0x00], found: 'extension' },
    { name: 'NaN', data: [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], found: 'not finite' },
    { name: 'infinity as a float', data: [0xca, 0x7f, 0x80, 0, 0], found: 'not finite' },
    { name: 'an unsigned integer beyond 2^53', data: [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1], found: 'beyond' },
    { name: 'a signed integer beyond -2^53', data: [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], found: 'beyond' },
    { name: 'a key that is a number', data: [0x81, 0x01, 0x01], found: 'not a string' },
    { name: 'a key that is a map', data: [0x81, 0x80, 0x01], found: 'not a string' },
    { name: 'the key __proto__', data: [0x81, ...proto, 0x01], found: '__proto__' },
    {
      name: 'the key __proto__ with a long head',
      data: [0x81, 0xda, 0, 9, ...proto.slice(1), 0x01],
      found: '__proto__',
    },
    { name: 'a nesting of 64 below the frame', data: [...new Array(63).fill(0x91), 0x90], found: 'deeper than 64' },
    { name: 'a nesting of thousands', data: [...new Array(50_000).fill(0x91), 0xc0], found: 'deeper than 64' },
  ])('hands on a bad frame for $name, with its op and id', ({ data, found }) => {
    const bad = decode(event(data));
    expect(bad).toBeInstanceOf(BadFrame);
    expect(bad).toMatchObject({ id: 7, frameOp: 'event', problem: expect.stringContaining(found) });
  });

  it('takes values up to the bounds', () => {
    const whole = decode(event([0x92, 0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0, 0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 0]));
    expect(whole).toMatchObject({ data: [2 ** 53, -(2 ** 53)] });
    expect(decode(event([...new Array(62).fill(0x91), 0x90]))).not.toBeInstanceOf(BadFrame);
    expect(decode(event([0x81, 0xaa, ...Buffer.from('x__proto__'), 0x01]))).toMatchObject({ data: { x__proto__: 1 } });
    expect(decode(event([0x81, 0xab, ...Buffer.from('é__proto__'), 0x01]))).toMatchObject({ data: { é__proto__: 1 } });
  });

  it('marks only the bad frames of an array, and reads the good ones', () => {
    const frames = decode([0x93, ...event([0x01]), ...event([0xd4, 0x00, 0x00]), ...event([0xa1, 0x78])]) as unknown[];
    expect(frames[0]).toEqual({ op: 'event', id: 7, data: 1 });
    expect(frames[1]).toMatchObject({ id: 7, frameOp: 'event', problem: expect.stringContaining('data') });
    expect(frames[2]).toEqual({ op: 'event', id: 7, data: 'x' });
  });

  it('does not look into more than 256 frames', () => {
    expect(decode([0xdc, 0x01, 0x01, ...new Array(257).fill(0xc0)])).toHaveLength(257);
  });

  it('writes plain maps that a MessagePack library reads back as they were', () => {
    const anyId = fc.oneof(
      fc.nat(),
      fc.constantFrom(127, 128, 256, 65_536, 2 ** 32, 2 ** 53 - 1),
      fc.string({ minLength: 1, maxLength: 16 }),
    );
    fc.assert(
      fc.property(anyId, anyData, fc.nat(), (id, data, n) => {
        expect(read(msgpackCodec.end(id, data, -1))).toEqual({ op: 'end', id, data });
        expect(read(msgpackCodec.end(id, data, n))).toEqual({ op: 'end', id, data, n });
        expect(read(msgpackCodec.end(id, undefined, n))).toEqual({ op: 'end', id, n });
        expect(read(msgpackCodec.item(id, n, data, 'k'))).toEqual({ op: 'item', id, n, data, key: 'k' });
        expect(read(msgpackCodec.item(id, n, data, undefined))).toEqual({ op: 'item', id, n, data });
        expect(read(msgpackCodec.ack(id))).toEqual({ op: 'ack', id });
      }),
    );
  });

  it('writes whole numbers as integers, and nothing its own decoder would refuse', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        const payload = msgpackCodec.value({ op: 'event', data }) as Uint8Array;
        expect(decode(payload)).toEqual({ op: 'event', data });
      }),
    );
    expect([...(msgpackCodec.value(2 ** 53) as Uint8Array)]).toEqual([0xd3, 0, 0x20, 0, 0, 0, 0, 0, 0]);
    expect([...(msgpackCodec.value(-(2 ** 40)) as Uint8Array)][0]).toBe(0xd3);
    expect([...(msgpackCodec.value(5) as Uint8Array)]).toEqual([5]);
  });

  it('does with values outside the model what JSON does', () => {
    class Money {
      readonly amount = 5;
      toJSON(): unknown {
        return { amount: `${this.amount} EUR` };
      }
    }
    const strange = {
      date: new Date(0),
      none: undefined,
      list: [undefined, () => 1, Number.NaN],
      money: new Money(),
      map: new Map([[1, 2]]),
      lone: 'a\ud800b',
      bare: Object.assign(Object.create(null), { a: 1 }),
    };
    expect(read(msgpackCodec.value(strange))).toEqual({
      ...JSON.parse(JSON.stringify(strange)),
      lone: 'a\ufffdb',
    });
    expect(read(msgpackCodec.end(1, { n: 12n, bytes: Uint8Array.of(1, 2) }, -1))).toMatchObject({ data: { n: 12 } });
  });

  it('throws on values it cannot hold', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const data of [cyclic, 2n ** 64n, () => 1, Symbol('s')])
      expect(() => msgpackCodec.end(1, data, -1)).toThrow(TypeError);
  });

  it('packs frames into an array without encoding them again', () => {
    for (const count of [1, 15, 16, 256]) {
      const frames = Array.from({ length: count }, (_, id) => msgpackCodec.ack(id));
      expect(read(msgpackCodec.array(frames))).toEqual(frames.map((_, id) => ({ op: 'ack', id })));
    }
  });
});
