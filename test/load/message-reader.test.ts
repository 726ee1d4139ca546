import { describe, expect, it } from 'vitest';
import { MessageReader } from '../../load/client/message-reader.js';

/** A message as servers write it: final, not masked. */
function serverMessage(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(0x80 | opcode, length), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

const payloads = [0, 1, 125, 126, 127, 300, 65_535, 65_536].map((length, seed) => Buffer.alloc(length, seed + 1));
const stream = Buffer.concat(payloads.map((payload, index) => serverMessage(1 + (index % 2), payload)));

function readInChunks(bytes: Buffer, size: number): { opcode: number; payload: Buffer }[] {
  const messages: { opcode: number; payload: Buffer }[] = [];
  const reader = new MessageReader((opcode, chunk, start, end) => {
    messages.push({ opcode, payload: Buffer.from(chunk.subarray(start, end)) });
  });
  const shared = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(shared, 0, at, at + size);
    reader.push(shared, length);
    // The buffer belongs to the sockets: the next read overwrites it.
    shared.fill(0xff);
  }
  return messages;
}

describe('the message reader', () => {
  it.each([31, 127, 4096, stream.length])('finds every message in chunks of %i bytes', (size) => {
    const messages = readInChunks(stream, size);
    expect(messages.map(({ opcode }) => opcode)).toEqual(payloads.map((_, index) => 1 + (index % 2)));
    expect(messages.every(({ payload }, index) => payload.equals(payloads[index] ?? stream))).toBe(true);
  });

  it('finds every message when bytes come one by one', () => {
    const few = Buffer.concat([0, 1, 125, 126, 300].map((length) => serverMessage(2, Buffer.alloc(length, length))));
    expect(readInChunks(few, 1).map(({ payload }) => payload.length)).toEqual([0, 1, 125, 126, 300]);
  });

  it('hands over several messages of one chunk without copying them', () => {
    const chunk = Buffer.concat([serverMessage(1, Buffer.from('a')), serverMessage(1, Buffer.from('b'))]);
    const from: Buffer[] = [];
    new MessageReader((_opcode, bytes) => from.push(bytes)).push(chunk, chunk.length);
    expect(from).toEqual([chunk, chunk]);
    expect(from.every((bytes) => bytes === chunk)).toBe(true);
  });

  it.each([
    { what: 'a fragment', bytes: [0x01, 1, 0x61] },
    { what: 'a continuation', bytes: [0x00, 1, 0x61] },
    { what: 'a compressed message', bytes: [0xc1, 1, 0x61] },
    { what: 'a masked message', bytes: [0x81, 0x81, 0, 0, 0, 0, 0x61] },
  ])('refuses $what', ({ bytes }) => {
    const reader = new MessageReader(() => undefined);
    expect(() => reader.push(Buffer.from(bytes), bytes.length)).toThrow(/expected/);
  });
});
