import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadFrame, jsonCodec, UndecodableError } from '../../src/codec/codecs.js';
import { anyData } from '../support/any-data.js';

const bytesOf = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer as ArrayBuffer;
const decode = (text: string): unknown => jsonCodec.decode(bytesOf(text));
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('the JSON codec', () => {
  it('decodes a frame, and an array of frames', () => {
    expect(decode('{"op":"ping","at":1}')).toEqual({ op: 'ping', at: 1 });
    expect(decode('[{"op":"ping"},{"op":"pong"}]')).toEqual([{ op: 'ping' }, { op: 'pong' }]);
  });

  it.each(['', '{', '{"op":}', 'nope', '{"a":1}}', '\ufeff{}', '{"a":01}'])('calls %j undecodable', (text) => {
    expect(() => decode(text)).toThrow(UndecodableError);
  });

  it('calls invalid UTF-8 undecodable where nobody has checked it before', () => {
    expect(() => jsonCodec.decodeUntrusted(Uint8Array.of(0x22, 0xff, 0x22))).toThrow('expected UTF-8');
    expect(jsonCodec.decodeUntrusted(new TextEncoder().encode('"é"'))).toBe('é');
  });

  it.each([
    { name: 'an infinite number', data: '1e999', found: 'not finite' },
    { name: 'a negative infinite number', data: '-1e999', found: 'not finite' },
    { name: 'a whole number beyond 2^53', data: '9007199254740994', found: 'beyond ±2^53' },
    { name: 'one that a double rounds to 2^53', data: '9007199254740993', found: 'beyond ±2^53' },
    { name: 'one rounded to -2^53, deep inside', data: '[{"a":[-9007199254740993]}]', found: 'beyond ±2^53' },
    {
      name: 'one rounded, with no more than zeros behind the point',
      data: '9007199254740993.0',
      found: 'beyond ±2^53',
    },
    { name: 'the key __proto__', data: '{"__proto__":{"isAdmin":true}}', found: '__proto__' },
    { name: 'the key __proto__ in disguise', data: '{"\\u005f_proto__":1}', found: '__proto__' },
    { name: 'a nesting of 64 below the frame', data: nested(64), found: 'deeper than 64' },
  ])('hands on a bad frame for $name, with its op and id', ({ data, found }) => {
    const bad = decode(`{"op":"event","id":7,"type":"echo","data":${data}}`);
    expect(bad).toBeInstanceOf(BadFrame);
    expect(bad).toMatchObject({ id: 7, frameOp: 'event', problem: expect.stringContaining(found) });
    expect((bad as BadFrame).problem).toContain('expected data to hold');
  });

  it('takes values up to the bounds', () => {
    const data = `[9007199254740992,-9007199254740992,1.5e-300,${nested(61)}]`;
    expect(decode(`{"op":"event","data":${data}}`)).not.toBeInstanceOf(BadFrame);
    expect(decode(`{"op":"event","data":[${data}]}`)).not.toBeInstanceOf(BadFrame);
    expect(decode(`{"op":"event","data":[[${data}]]}`)).toBeInstanceOf(BadFrame);
  });

  it('is not misled by the digits of 2^53 + 1 in a text, or behind a point', () => {
    for (const other of ['"9007199254740993"', '"\\"9007199254740993"', '0.9007199254740993', '9007199254740992']) {
      expect(decode(`{"op":"event","data":[9007199254740992,${other}]}`)).not.toBeInstanceOf(BadFrame);
    }
  });

  it('finds a bad key in the frame itself, and an id outside the model', () => {
    expect(decode('{"op":"ping","__proto__":1}')).toMatchObject({ frameOp: 'ping', id: undefined });
    expect(decode('{"op":"event","id":1e999}')).toMatchObject({ frameOp: 'event', id: undefined });
    expect(decode('1e999')).toMatchObject({ frameOp: undefined, id: undefined });
  });

  it('marks only the bad frames of an array', () => {
    const frames = decode('[{"op":"ping"},{"op":"event","id":"a","data":1e999},{"op":"pong"}]') as unknown[];
    expect(frames[0]).toEqual({ op: 'ping' });
    expect(frames[1]).toMatchObject({ id: 'a', frameOp: 'event' });
    expect(frames[2]).toEqual({ op: 'pong' });
  });

  it('never leaves a prototype polluted', () => {
    decode('{"op":"event","data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('writes frames that JSON reads back as they were', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.string({ minLength: 1 })), anyData, fc.nat(), (id, data, n) => {
        const read = (text: unknown): unknown => JSON.parse(text as string);
        const plain: unknown = JSON.parse(JSON.stringify(data));
        expect(read(jsonCodec.end(id, data, -1))).toEqual({ op: 'end', id, data: plain });
        expect(read(jsonCodec.end(id, data, n))).toEqual({ op: 'end', id, data: plain, n });
        expect(read(jsonCodec.item(id, n, data, 'k"'))).toEqual({ op: 'item', id, n, data: plain, key: 'k"' });
        expect(read(jsonCodec.item(id, n, data, undefined))).toEqual({ op: 'item', id, n, data: plain });
        expect(read(jsonCodec.ack(id))).toEqual({ op: 'ack', id });
      }),
    );
  });

  it('leaves out data that is undefined, and packs frames into an array', () => {
    const frames = [jsonCodec.end(1, undefined, -1), jsonCodec.end('2', undefined, 3)];
    expect(JSON.parse(jsonCodec.array(frames) as string)).toEqual([
      { op: 'end', id: 1 },
      { op: 'end', id: '2', n: 3 },
    ]);
    expect(jsonCodec.value(undefined)).toBe('null');
  });

  it('throws on values JSON cannot hold', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    for (const data of [cyclic, 1n, () => 1, Symbol('s')]) expect(() => jsonCodec.end(1, data, -1)).toThrow(TypeError);
  });
});
