import { describe, expect, it } from 'vitest';
import { jsonCodec } from '../../src/codec/codecs.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import { Flusher } from '../../src/replies/flusher.js';
import { OutboxPool } from '../../src/replies/outbox-pool.js';
import { RetainedFrames } from '../../src/replies/retained-frames.js';
import { RetainedPool } from '../../src/replies/retained-pool.js';
import { SocketOutbox } from '../../src/replies/socket-outbox.js';
import { TestSocket } from '../support/test-socket.js';

function testOutbox() {
  const socket = new TestSocket();
  const outbox = new SocketOutbox({
    socket,
    codec: jsonCodec,
    flusher: new Flusher(new LoopTurn()),
    bounds: { bytesMax: 100_000, highWaterBytes: 100 },
    pool: new OutboxPool({ bytesMax: 1_000_000 }),
    onRoom: () => undefined,
  });
  return { socket, outbox };
}

function testFrames({ bytesMax = 10_000, allBytesMax = 100_000 } = {}) {
  const first = testOutbox();
  const told = { asked: 0, forgotten: 0 };
  const pool = new RetainedPool({
    bytesMax: allBytesMax,
    endAway() {
      told.asked += 1;
      return false;
    },
    onForgotten: (sessions) => {
      told.forgotten += sessions;
    },
  });
  const frames = new RetainedFrames({ codec: jsonCodec, outbox: first.outbox, bytesMax, pool });
  const send = (count: number, bytes = 0): void => {
    for (let n = 0; n < count; n += 1) frames.send(JSON.stringify({ op: 'end', pad: 'x'.repeat(bytes) }));
  };
  return { ...first, frames, pool, told, send };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbers = ({ frames }: TestSocket): unknown[] => frames.map(({ s }) => s);

describe('frames that are acknowledged', () => {
  it('are numbered in the order they are sent', async () => {
    const { socket, send } = testFrames();
    send(3);
    await turn();
    expect(numbers(socket)).toEqual([1, 2, 3]);
  });

  it('are kept until the client says that it has processed them', () => {
    const { frames, pool, send } = testFrames();
    send(3);
    expect(frames.canResumeBehind(0)).toBe(true);
    frames.received(2);
    expect(frames.canResumeBehind(1)).toBe(false);
    expect(frames.canResumeBehind(2)).toBe(true);
    frames.received(3);
    expect({ own: frames.bytes, all: pool.bytes }).toEqual({ own: 0, all: 0 });
    expect(frames.canResumeBehind(3)).toBe(true);
    expect(frames.canResumeBehind(4)).toBe(false);
  });

  it('are not forgotten by a client that claims more than it was sent', async () => {
    const { frames, send } = testFrames();
    send(1);
    frames.received(99);
    send(1);
    expect(frames.canResumeBehind(1)).toBe(true);
    const { socket, outbox } = testOutbox();
    frames.resend(outbox, 1);
    await turn();
    expect(numbers(socket)).toEqual([2]);
  });

  it('are sent again on another socket, those in between not lost, and what is new behind them', async () => {
    const { outbox: old, frames, send } = testFrames();
    send(3);
    old.closed();
    send(2);
    const { socket, outbox } = testOutbox();
    frames.resend(outbox, 1);
    send(1);
    await turn();
    expect(numbers(socket)).toEqual([2, 3, 4, 5, 6]);
    expect(frames.isResending).toBe(false);
  });

  it('are sent again in pieces, as far as the socket takes them, and nothing new overtakes them', async () => {
    const { outbox: old, frames, send } = testFrames();
    send(10, 50);
    old.closed();
    const { socket, outbox } = testOutbox();
    socket.takesBytes = false;
    frames.resend(outbox, 0);
    await turn();
    expect(numbers(socket)).toEqual([1, 2]);
    expect(frames.isResending).toBe(true);
    send(1);
    await turn();
    expect(numbers(socket)).toEqual([1, 2]);
    socket.takesBytes = true;
    socket.bufferedBytes = 0;
    outbox.drained();
    while (frames.isResending) {
      frames.roomAgain();
      await turn();
    }
    expect(numbers(socket)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('are forgotten past the bound, the oldest first, and then cannot be resumed behind', () => {
    const { frames, send } = testFrames({ bytesMax: 3000 });
    send(20, 100);
    expect(frames.bytes).toBeLessThanOrEqual(3000);
    expect(frames.canResumeBehind(0)).toBe(false);
    expect(frames.canResumeBehind(20)).toBe(true);
  });

  it('end their socket when one is forgotten that was not sent on it: there would be a hole', () => {
    const { outbox: old, frames, send } = testFrames({ bytesMax: 3000 });
    send(7, 100);
    old.closed();
    const { socket, outbox } = testOutbox();
    socket.takesBytes = false;
    frames.resend(outbox, 0);
    send(20, 100);
    expect(socket.ended).toMatchObject({ code: 4108 });
  });

  it('count for more than their bytes: what a short one takes in memory is mostly not its text', () => {
    const { frames, send } = testFrames();
    send(1);
    expect(frames.bytes).toBeGreaterThan(200);
  });

  it('have a bound for all sessions, at which those away are asked first, and then those with most forget', () => {
    const { pool, told, send, frames: hoarder, outbox } = testFrames({ allBytesMax: 5000 });
    const polite = new RetainedFrames({ codec: jsonCodec, outbox, bytesMax: 10_000, pool });
    polite.send('{"op":"end"}');
    send(20, 100);
    expect(told).toEqual({ asked: 1, forgotten: 1 });
    expect(pool.bytes).toBeLessThanOrEqual(5000);
    expect(hoarder.canResumeBehind(0)).toBe(false);
    expect(polite.canResumeBehind(0)).toBe(true);
    expect(hoarder.canResumeBehind(20)).toBe(true);
    polite.drop();
    hoarder.drop();
    expect(pool.bytes).toBe(0);
    send(1);
    expect(pool.bytes).toBe(0);
  });
});
