import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { jsonCodec, msgpackCodec } from '../../src/codec/codecs.js';
import type { Codec, Payload } from '../../src/model/codec.js';
import { anyData } from '../support/any-data.js';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const codecs: readonly (readonly [name: string, codec: Codec, read: (payload: Payload) => unknown])[] = [
  ['JSON', jsonCodec, (payload) => JSON.parse(payload as string)],
  ['MessagePack', msgpackCodec, (payload) => unpackr.unpack(payload as Uint8Array)],
];

describe.each(codecs)('frames of topics in %s', (_name, codec, read) => {
  it('say topic, offset, data and key', () => {
    expect(read(codec.message('a.b', 7, { x: 1 }, undefined))).toEqual({
      op: 'message',
      topic: 'a.b',
      offset: 7,
      data: { x: 1 },
    });
    expect(read(codec.message('a', 2 ** 40, undefined, 'k"1'))).toEqual({
      op: 'message',
      topic: 'a',
      offset: 2 ** 40,
      data: null,
      key: 'k"1',
    });
  });

  it('are longer by one field, whatever they held and whatever it is', () => {
    const ids = fc.oneof(fc.maxSafeNat(), fc.string({ minLength: 1, maxLength: 20 }));
    fc.assert(
      fc.property(anyData, ids, fc.constantFrom('s' as const, 'id' as const), (data, value, field) => {
        const frame = codec.message('t', 3, data, 'k');
        const before = read(frame) as object;
        expect(read(codec.extended(frame, field, value))).toEqual({ ...before, [field]: value });
        // The bytes are shared with others.
        expect(read(frame)).toEqual(before);
      }),
    );
  });

  it('can be extended whichever frame it is', () => {
    for (const payload of [
      codec.end(1, { a: 1 }, 3),
      codec.end('x', undefined, -1),
      codec.item(1, 2, 'd', 'k'),
      codec.ack(5),
      codec.frame({ op: 'gap', topic: 't', id: 1, from: 1, to: 2, count: 2, reason: 'reset', epoch: 'e' }),
    ]) {
      expect(read(codec.extended(payload, 's', 70_000))).toEqual({ ...(read(payload) as object), s: 70_000 });
    }
  });
});

it('a message in JSON that was encoded before it had a place is given one', () => {
  fc.assert(
    fc.property(anyData, fc.constantFrom('a', 'a.b-c', 'offset.0'), fc.nat(), (data, topic, offset) => {
      const frame = jsonCodec.message(topic, 0, data, 'k');
      expect(jsonCodec.placed(frame, topic, offset)).toBe(jsonCodec.message(topic, offset, data, 'k'));
    }),
  );
});
