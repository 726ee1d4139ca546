import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../src/codec/codecs.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { Flusher } from '../../src/replies/flusher.js';
import { OutboxPool } from '../../src/replies/outbox-pool.js';
import { SocketOutbox } from '../../src/replies/socket-outbox.js';
import { TestSocket } from '../support/test-socket.js';

interface TestOutboxOptions {
  readonly bytesMax?: number;
  readonly highWaterBytes?: number;
  readonly pool?: OutboxPool;
  readonly flusher?: Flusher;
}

function testOutbox(options: TestOutboxOptions = {}) {
  const socket = new TestSocket();
  const { pool = new OutboxPool({ bytesMax: 1_000_000 }), flusher = new Flusher(new LoopTurn()) } = options;
  const rooms: number[] = [];
  const outbox = new SocketOutbox({
    socket,
    codec: jsonCodec,
    flusher,
    bounds: { bytesMax: options.bytesMax ?? 1000, highWaterBytes: options.highWaterBytes ?? 100 },
    pool,
    onRoom: () => rooms.push(socket.bufferedBytes),
  });
  return { socket, flusher, pool, outbox, rooms };
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

describe('an outbox among others', () => {
  it('is not counted while its socket takes everything at once', () => {
    const { flusher, pool, outbox } = testOutbox();
    flusher.startReading(outbox);
    for (let n = 0; n < 10; n += 1) outbox.send(frame(n));
    expect(pool.bytes).toBe(0);
    expect(outbox.isPooled).toBe(false);
  });

  it('is counted with what waits for the end of the turn, and no more once it is written', async () => {
    const { pool, outbox } = testOutbox();
    outbox.send(frame(1));
    outbox.send(frame(2));
    expect(pool.bytes).toBe(2 * frame(1).length);
    await turn();
    expect(pool.bytes).toBe(0);
  });

  it('is counted with what its socket keeps, until that drains', async () => {
    const { socket, flusher, pool, outbox } = testOutbox({ highWaterBytes: 50 });
    socket.takesBytes = false;
    flusher.startReading(outbox);
    outbox.send(frame(1));
    expect(pool.bytes).toBe(frame(1).length);
    for (let n = 2; n < 5; n += 1) outbox.send(frame(n));
    expect(pool.bytes).toBe(4 * frame(1).length);
    expect(pool.bytes).toBe(outbox.waitingBytes + socket.bufferedBytes);
    socket.bufferedBytes = 20;
    outbox.drained();
    expect(pool.bytes).toBe(outbox.waitingBytes + socket.bufferedBytes);
    socket.takesBytes = true;
    socket.bufferedBytes = 0;
    outbox.drained();
    await turn();
    expect(pool.bytes).toBe(0);
  });

  it('is counted rightly also below the high-water mark', () => {
    const { socket, flusher, pool, outbox } = testOutbox();
    socket.takesBytes = false;
    flusher.startReading(outbox);
    outbox.send(frame(1));
    expect(outbox.hasRoom).toBe(true);
    expect(pool.bytes).toBe(frame(1).length);
    socket.bufferedBytes = 0;
    outbox.drained();
    expect(pool.bytes).toBe(0);
  });

  it.each(['close', 'closed', 'slow', 'gone'] as const)('is not counted after its end: %s', async (end) => {
    const { socket, pool, outbox } = testOutbox({ bytesMax: 400 });
    socket.takesBytes = false;
    for (let n = 0; n < 4; n += 1) outbox.send(frame(n, 40));
    await turn();
    expect(pool.bytes).toBeGreaterThan(0);
    if (end === 'close') outbox.close(4200, 'draining');
    else if (end === 'closed') outbox.closed();
    else if (end === 'slow') for (let n = 0; n < 8; n += 1) outbox.send(frame(n, 40));
    else {
      socket.isOpen = false;
      socket.bufferedBytes = 0;
      outbox.drained();
      outbox.closed();
    }
    expect(outbox.isOpen).toBe(false);
    outbox.send(frame(100));
    outbox.drained();
    outbox.flush();
    expect(pool.bytes).toBe(0);
    expect(outbox.isPooled).toBe(false);
  });

  it('is closed as slow when it holds most of too much, within its own bound, and the others are not', async () => {
    const shared = { pool: new OutboxPool({ bytesMax: 600 }), flusher: new Flusher(new LoopTurn()) };
    const all = Array.from({ length: 4 }, () => testOutbox(shared));
    for (const { socket } of all) socket.takesBytes = false;
    for (const [i, frames] of [2, 3, 4, 6].entries())
      for (let n = 0; n < frames; n += 1) all[i]?.outbox.send(frame(n, 20));
    await turn();
    expect(all.map(({ socket }) => socket.ended?.code)).toEqual([undefined, undefined, undefined, undefined]);
    for (let n = 0; n < 2; n += 1) all[0]?.outbox.send(frame(n, 20));
    expect(all.map(({ socket }) => socket.ended?.code)).toEqual([undefined, undefined, undefined, 4108]);
    expect(shared.pool.bytes).toBeLessThanOrEqual(525);
  });

  it('is written and not closed when it only waits for the end of the turn', async () => {
    const shared = { pool: new OutboxPool({ bytesMax: 600 }), flusher: new Flusher(new LoopTurn()) };
    const all = Array.from({ length: 20 }, () => testOutbox(shared));
    for (let n = 0; n < 3; n += 1) for (const { outbox } of all) outbox.send(frame(n, 5));
    expect(shared.pool.bytes).toBeLessThanOrEqual(600);
    await turn();
    for (const { socket } of all) {
      expect(socket.sent).toEqual([frame(0, 5), frame(1, 5), frame(2, 5)]);
      expect(socket.ended).toBeUndefined();
    }
    expect(shared.pool.bytes).toBe(0);
  });

  it('may be closed by the close of another, in whose course it is sent more', () => {
    const shared = { pool: new OutboxPool({ bytesMax: 700 }), flusher: new Flusher(new LoopTurn()) };
    const [first, second] = [testOutbox(shared), testOutbox(shared)] as const;
    for (const { socket } of [first, second]) socket.takesBytes = false;
    const { end } = first.socket;
    first.socket.end = (code, reason) => {
      end.call(first.socket, code, reason);
      first.outbox.closed();
      for (let n = 0; n < 12; n += 1) second.outbox.send(frame(n, 40));
    };
    for (let n = 0; n < 5; n += 1) second.outbox.send(frame(n, 20));
    for (let n = 0; n < 9; n += 1) first.outbox.send(frame(n, 50));
    expect([first, second].map(({ socket }) => socket.ended?.code)).toEqual([4108, 4108]);
    expect(shared.pool.bytes).toBe(0);
  });
});
