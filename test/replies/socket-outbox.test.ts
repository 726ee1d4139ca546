import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../src/codec/codecs.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { Flusher } from '../../src/replies/flusher.js';
import { SocketOutbox } from '../../src/replies/socket-outbox.js';
import { TestSocket } from '../support/test-socket.js';

function testOutbox(options: { bytesMax?: number; highWaterBytes?: number } = {}) {
  const socket = new TestSocket();
  const flusher = new Flusher(new LoopTurn());
  const rooms: number[] = [];
  const outbox = new SocketOutbox({
    socket,
    codec: jsonCodec,
    flusher,
    bounds: { bytesMax: options.bytesMax ?? 1000, highWaterBytes: options.highWaterBytes ?? 100 },
    onRoom: () => rooms.push(socket.bufferedBytes),
  });
  return { socket, flusher, outbox, rooms };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const frame = (n: number, bytes = 10): string => JSON.stringify({ n, pad: 'x'.repeat(bytes) });

describe('the outbox of a socket', () => {
  it('writes the frames of one turn in one cork, in order', async () => {
    const { socket, outbox } = testOutbox();
    for (let n = 0; n < 3; n += 1) outbox.send(frame(n));
    expect(socket.writes).toEqual([]);
    await turn();
    expect(socket.writes).toEqual([[frame(0), frame(1), frame(2)]]);
  });

  it('writes a reply to the socket being read at once, but never past one that waits', async () => {
    const { socket, flusher, outbox } = testOutbox();
    outbox.send(frame(0));
    flusher.startReading(outbox);
    outbox.send(frame(1));
    expect(socket.sent).toEqual([]);
    await turn();
    flusher.startReading(outbox);
    outbox.send(frame(2));
    expect(socket.sent).toEqual([frame(0), frame(1), frame(2)]);
    await turn();
    outbox.send(frame(3));
    expect(socket.sent).toHaveLength(3);
  });

  it('packs frames into arrays of at most 256 for a client that takes them', async () => {
    const { socket, outbox } = testOutbox({ bytesMax: 1_000_000, highWaterBytes: 1_000_000 });
    outbox.packs = true;
    for (let n = 0; n < 300; n += 1) outbox.send(frame(n));
    await turn();
    expect(socket.sent.map((text) => JSON.parse(text as string).length)).toEqual([256, 44]);
    outbox.send(frame(300));
    await turn();
    expect(JSON.parse(socket.sent[2] as string)).toMatchObject({ n: 300 });
  });

  it('starts another array when one holds 64 KiB', async () => {
    const { socket, outbox } = testOutbox({ bytesMax: 1_000_000, highWaterBytes: 1_000_000 });
    outbox.packs = true;
    for (let n = 0; n < 5; n += 1) outbox.send(frame(n, 30_000));
    await turn();
    expect(socket.sent.map((text) => [JSON.parse(text as string)].flat().length)).toEqual([3, 2]);
  });

  it('writes nothing above the high-water mark until the socket drains, then all in order', async () => {
    const { socket, outbox, rooms } = testOutbox();
    socket.takesBytes = false;
    for (let n = 0; n < 10; n += 1) outbox.send(frame(n, 40));
    await turn();
    expect(socket.sent).toHaveLength(2);
    expect(outbox.hasRoom).toBe(false);
    socket.bufferedBytes = 150;
    outbox.drained();
    expect(socket.sent).toHaveLength(2);
    socket.takesBytes = true;
    socket.bufferedBytes = 0;
    outbox.drained();
    expect(socket.sent).toEqual(Array.from({ length: 10 }, (_, n) => frame(n, 40)));
    expect(rooms).toHaveLength(1);
    expect(outbox.waitingBytes).toBe(0);
  });

  it('tells of room only when somebody was told there is none', async () => {
    const { socket, outbox, rooms } = testOutbox();
    socket.takesBytes = false;
    for (let n = 0; n < 4; n += 1) outbox.send(frame(n, 60));
    await turn();
    socket.bufferedBytes = 0;
    outbox.drained();
    expect(rooms).toEqual([]);
  });

  it('closes a socket that is over its byte bound as slow, and takes nothing more', async () => {
    const { socket, outbox } = testOutbox();
    socket.takesBytes = false;
    for (let n = 0; n < 40; n += 1) outbox.send(frame(n, 40));
    await turn();
    expect(socket.ended).toMatchObject({ code: 4108 });
    expect(outbox.isOpen).toBe(false);
    expect(outbox.waitingBytes).toBe(0);
    const sentBefore = socket.sent.length;
    outbox.send(frame(100));
    await turn();
    expect(socket.sent).toHaveLength(sentBefore);
  });

  it('writes before the turn ends when much has gathered: a socket that takes it is not slow', async () => {
    const { socket, outbox } = testOutbox();
    for (let n = 0; n < 40; n += 1) outbox.send(frame(n, 40));
    expect(socket.sent.length).toBeGreaterThan(35);
    await turn();
    expect(socket.sent).toEqual(Array.from({ length: 40 }, (_, n) => frame(n, 40)));
    expect(socket.ended).toBeUndefined();
  });

  it('writes what waits before it closes with a code', () => {
    const { socket, outbox } = testOutbox();
    outbox.send(frame(1));
    outbox.close(4200, 'draining');
    expect(socket.sent).toEqual([frame(1)]);
    expect(socket.ended).toEqual({ code: 4200, reason: 'draining' });
    outbox.close(4000, 'again');
    expect(socket.ended).toEqual({ code: 4200, reason: 'draining' });
  });

  it('notices in the middle of writing that the socket is gone', async () => {
    const { socket, outbox } = testOutbox();
    for (let n = 0; n < 3; n += 1) outbox.send(frame(n));
    socket.isOpen = false;
    await turn();
    outbox.closed();
    expect(outbox.isOpen).toBe(false);
    expect(outbox.waitingBytes).toBe(0);
  });
});
