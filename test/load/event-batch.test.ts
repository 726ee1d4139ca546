import { unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { clientMessage, headerBytes } from '../../load/client/client-message.js';
import { EventBatch } from '../../load/client/event-batch.js';
import { type EventSpec, eventData, eventFrame } from '../../load/client/event-frame.js';
import { idMin } from '../../load/client/id-field.js';
import { IdSlots } from '../../load/client/id-slots.js';

const small: EventSpec = {
  dialect: 'bare',
  encoding: 'json',
  payload: 'small',
  type: 'echo',
  framesPerMessage: 1,
  keys: 0,
};

/** The payloads of the messages in `bytes`, which are all alike in length. */
function payloads(bytes: Buffer, count: number): Buffer[] {
  const size = bytes.length / count;
  return Array.from({ length: count }, (_, index) => {
    const message = bytes.subarray(index * size, (index + 1) * size);
    const header = message[1] === (0x80 | 126) ? 8 : 6;
    return message.subarray(header);
  });
}

function decode({ encoding }: EventSpec, payload: Buffer): unknown {
  return encoding === 'json' ? JSON.parse(payload.toString()) : unpack(payload);
}

describe('events as they are sent', () => {
  it('are 128 bytes of JSON, or a kilobyte of MessagePack', () => {
    expect(eventFrame(small, idMin).length).toBe(128);
    const length = eventFrame({ ...small, payload: 'kilobyte', encoding: 'msgpack' }, idMin).length;
    expect(Math.abs(length - 1024)).toBeLessThan(64);
  });

  it.each<{ title: string; spec: EventSpec }>([
    { title: 'JSON', spec: small },
    { title: 'MessagePack', spec: { ...small, encoding: 'msgpack' } },
    { title: 'a kilobyte of JSON', spec: { ...small, payload: 'kilobyte' } },
    { title: 'a kilobyte of MessagePack', spec: { ...small, payload: 'kilobyte', encoding: 'msgpack' } },
  ])('carry each its own id, twice, in $title', ({ spec }) => {
    const written = new EventBatch(spec).write(3, new IdSlots(8));
    const frames = payloads(written, 3).map((payload) => decode(spec, payload));
    const ids = [idMin, idMin + 1, idMin + 2];
    expect(frames).toEqual(ids.map((id) => ({ op: 'event', id, type: 'echo', data: eventData(spec, id) })));
  });

  it.each(['json', 'msgpack'] as const)('go 16 to a message in %s', (encoding) => {
    const spec: EventSpec = { ...small, encoding, framesPerMessage: 16 };
    const frames = payloads(new EventBatch(spec).write(2, new IdSlots(32)), 2).map((payload) => decode(spec, payload));
    expect(frames.map((array) => (array as unknown[]).length)).toEqual([16, 16]);
    expect(frames.flat()).toEqual(
      Array.from({ length: 32 }, (_, index) => ({
        op: 'event',
        id: idMin + index,
        type: 'echo',
        data: eventData(spec, idMin + index),
      })),
    );
  });

  it('go round their keys', () => {
    const spec: EventSpec = { ...small, keys: 2 };
    const written = new EventBatch(spec).write(3, new IdSlots(3));
    const keys = payloads(written, 3).map((payload) => (decode(spec, payload) as { key: string }).key);
    expect(keys).toEqual(['k00000', 'k00001', 'k00000']);
  });

  it('are overwritten by the next ones, unless the buffer was given up', () => {
    const batch = new EventBatch(small);
    const slots = new IdSlots(4);
    const first = batch.write(1, slots);
    const sent = Buffer.from(first);
    batch.renew();
    const second = batch.write(1, slots);
    expect(first.equals(sent)).toBe(true);
    batch.write(1, slots);
    expect(second.equals(sent)).toBe(false);
  });

  it.each([0, 125, 126, 65_535, 65_536])('are framed right with %i bytes', (length) => {
    const message = clientMessage(2, Buffer.alloc(length, 7));
    expect(message.length).toBe(headerBytes(length) + length);
    expect(message[0]).toBe(0x82);
    expect((message[1] ?? 0) & 0x80).toBe(0x80);
  });
});
