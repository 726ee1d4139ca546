import { describe, expect, it, vi } from 'vitest';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { openSocket, startListener } from './start-listener.js';

/** Ten messages are handled in a turn, forty may wait. */
const options = { floodFramesMax: 40, turnFramesMax: 10, floodBytesMax: 1_000_000 };

/** As many messages, but few bytes. */
const fewBytes = { ...options, floodBytesMax: 10_000 };

const thousands = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => clientFrame(opcodes.binary, 'x'.repeat(1000))));

const numbered = (from: number, to: number): Buffer =>
  Buffer.concat(Array.from({ length: to - from }, (_, i) => clientFrame(opcodes.text, String(from + i))));

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

const texts = (messages: readonly { readonly text: string }[]): string[] => messages.map(({ text }) => text);

/** Which turn of the event loop it is, counted from the first time it was asked. */
function turnCounter(): () => number {
  let turn = 0;
  let isSet = false;
  return () => {
    if (!isSet) {
      isSet = true;
      setImmediate(() => {
        turn += 1;
        isSet = false;
      });
    }
    return turn;
  };
}

describe('messages beyond the share of a turn', () => {
  it('are handled in later turns, in order, a share in each', async () => {
    const listener = await startListener({ options });
    const turn = turnCounter();
    const inTurn = new Map<number, number>();
    listener.sockets.onMessage = () => {
      inTurn.set(turn(), (inTurn.get(turn()) ?? 0) + 1);
      return 1;
    };
    const { raw, session } = await openSocket(listener);
    raw.write(numbered(0, 50));
    await vi.waitFor(() => expect(session.messages).toHaveLength(50));
    expect(texts(session.messages)).toEqual(numbers(50));
    expect(inTurn.size).toBeGreaterThanOrEqual(5);
    expect(Math.max(...inTurn.values())).toBeLessThanOrEqual(10);
    expect(session.closes).toEqual([]);
  });

  it('are followed by what comes while they wait', async () => {
    const { raw, session, socket } = await openSocket(await startListener({ options }));
    for (let from = 0; from < 390; from += 30) {
      raw.write(numbered(from, from + 30));
      // At most ten wait still, so that the next thirty never make more than the forty that may.
      await vi.waitFor(() => expect(session.messages.length).toBeGreaterThanOrEqual(from + 20), { interval: 1 });
    }
    await vi.waitFor(() => expect(session.messages).toHaveLength(390));
    expect(texts(session.messages)).toEqual(numbers(390));
    expect(socket.isOpen).toBe(true);
  });

  it('keep their kind and their bytes', async () => {
    const { raw, session } = await openSocket(await startListener({ options }));
    const pairs = Array.from({ length: 20 }, (_, i) => [
      clientFrame(opcodes.binary, `binary ${i}`),
      clientFrame(opcodes.text, `text ${i}`),
    ]);
    raw.write(Buffer.concat(pairs.flat()));
    await vi.waitFor(() => expect(session.messages).toHaveLength(40));
    expect(session.messages.at(-2)).toEqual({ text: 'binary 19', isBinary: true });
    expect(session.messages.at(-1)).toEqual({ text: 'text 19', isBinary: false });
  });

  it('are counted by the frames they held', async () => {
    const listener = await startListener({ options });
    const turn = turnCounter();
    const turns: number[] = [];
    listener.sockets.onMessage = () => {
      turns.push(turn());
      return 256;
    };
    const { raw } = await openSocket(listener);
    raw.write(numbered(0, 4));
    await vi.waitFor(() => expect(turns).toHaveLength(4));
    expect(new Set(turns).size).toBe(4);
  });

  it('are counted by their bytes', async () => {
    const listener = await startListener({ options });
    const turn = turnCounter();
    const turns: number[] = [];
    listener.sockets.onMessage = () => {
      turns.push(turn());
      return 1;
    };
    const { raw } = await openSocket(listener);
    raw.write(Buffer.concat(Array.from({ length: 4 }, () => clientFrame(opcodes.binary, 'x'.repeat(65_536)))));
    await vi.waitFor(() => expect(turns).toHaveLength(4));
    expect(new Set(turns).size).toBe(4);
  });

  it('do not hold up pings', async () => {
    const listener = await startListener({ options });
    const { raw, session } = await openSocket(listener);
    let handledAtPing = 0;
    listener.sockets.onHeard = () => {
      handledAtPing = session.messages.length;
    };
    raw.write(Buffer.concat([numbered(0, 50), clientFrame(opcodes.ping, 'p')]));
    expect(await raw.frame()).toMatchObject({ opcode: opcodes.pong });
    await vi.waitFor(() => expect(session.messages).toHaveLength(50));
    expect(handledAtPing).toBe(10);
  });

  it('of one socket do not hold up those of another', async () => {
    const listener = await startListener({ options });
    const [one, other] = [await openSocket(listener), await openSocket(listener)];
    let handledByThen = 0;
    listener.sockets.onMessage = (session) => {
      if (session === other.session) handledByThen = one.session.messages.length;
      return 1;
    };
    one.raw.write(numbered(0, 50));
    other.raw.write(numbered(0, 1));
    await vi.waitFor(() => expect(one.session.messages).toHaveLength(50));
    expect(other.session.messages).toHaveLength(1);
    expect(handledByThen).toBeLessThan(50);
  });
});

describe('a full backlog', () => {
  it('closes the socket with 4101, and nothing more is handled', async () => {
    const { raw, session } = await openSocket(await startListener({ options }));
    raw.write(numbered(0, 51));
    expect(await raw.closeFrame()).toEqual({
      code: 4101,
      reason: Buffer.from('flood: expected at most 40 frames and 1000000 bytes at once'),
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(session.messages).toHaveLength(10);
    expect(session.closes).toMatchObject([{ code: 4101 }]);
  });

  it('is reached by bytes too', async () => {
    const { raw, session } = await openSocket(await startListener({ options: fewBytes }));
    // One is handled, nine wait, each a little more than its bytes.
    raw.write(thousands(11));
    expect(await raw.closeFrame()).toMatchObject({ code: 4101 });
    expect(session.messages).toHaveLength(1);
  });

  it('takes one message of any size', async () => {
    const { raw, session } = await openSocket(await startListener({ options: { ...options, floodBytesMax: 64 } }));
    const message = clientFrame(opcodes.binary, 'x'.repeat(65_000));
    raw.write(message);
    await vi.waitFor(() => expect(session.messages).toHaveLength(1));
    raw.write(Buffer.concat([clientFrame(opcodes.text, 'a'), clientFrame(opcodes.text, 'b')]));
    await vi.waitFor(() => expect(session.messages).toHaveLength(3));
  });

  it('is one of few: all sockets together have room for eight', async () => {
    const listener = await startListener({ options: fewBytes });
    const all: Awaited<ReturnType<typeof openSocket>>[] = [];
    for (let i = 0; i < 12; i += 1) all.push(await openSocket(listener));
    // The event loop reads all of them before it works any off.
    for (const { raw } of all) raw.write(thousands(8));
    const isDone = ({ session }: (typeof all)[number]): boolean =>
      session.messages.length === 8 || session.closes.length === 1;
    await vi.waitFor(() => expect(all.every(isDone)).toBe(true));
    const flooded = all.filter(({ session }) => session.closes.length > 0);
    for (const { session } of flooded) expect(session.closes).toMatchObject([{ code: 4101 }]);
    expect(flooded.length).toBeGreaterThanOrEqual(1);
    expect(flooded.length).toBeLessThanOrEqual(3);

    // And the room is free again.
    const { raw, session } = await openSocket(listener);
    raw.write(thousands(8));
    await vi.waitFor(() => expect(session.messages).toHaveLength(8));
  });

  it('of pings closes the socket with 4101, as those cannot wait', async () => {
    const { raw, session } = await openSocket(await startListener({ options }));
    raw.write(Buffer.concat(Array.from({ length: 41 }, () => clientFrame(opcodes.ping, ''))));
    expect(await raw.closeFrame()).toMatchObject({ code: 4101 });
    expect(session.heard).toBe(40);
  });
});

describe('a socket that closes with messages waiting', () => {
  const close = clientFrame(opcodes.close, Buffer.from([0x0f, 0xa0, 0x62, 0x79, 0x65]));

  it('has them handled before the handler hears of the close', async () => {
    const listener = await startListener({ options });
    const { raw, session, socket } = await openSocket(listener);
    const handledAtClose: number[] = [];
    listener.sockets.onClose = () => void handledAtClose.push(session.messages.length);
    listener.sockets.onMessage = ({ socket: own }) => {
      // Into the void once the peer is gone, and no reason to stop.
      expect(own.isOpen).toBe(true);
      own.cork(() => expect(own.send('answer')).toBe(1));
      own.ping();
      expect(own.bufferedBytes).toBe(0);
      return 1;
    };
    raw.write(Buffer.concat([numbered(0, 50), close]));
    await vi.waitFor(() => expect(session.closes).toEqual([{ code: 4000, reason: 'bye' }]));
    expect(handledAtClose).toEqual([50]);
    expect(texts(session.messages)).toEqual(numbers(50));
    expect(socket.isOpen).toBe(false);
    expect(socket.send('late')).toBe(2);
    expect(listener.log.errors).toEqual([]);
  });

  it.each(['end', 'terminate'] as const)('forgets them when the handler calls %s', async (call) => {
    const listener = await startListener({ options });
    const { raw, session } = await openSocket(listener);
    listener.sockets.onMessage = ({ socket, messages }) => {
      if (messages.length === 25) socket[call](4001, 'enough');
      return 1;
    };
    raw.write(numbered(0, 50));
    await vi.waitFor(() => expect(session.closes).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(session.messages).toHaveLength(25);
    expect(session.closes).toHaveLength(1);
  });

  it.each(['end', 'terminate'] as const)('and is gone already is told once when the handler calls %s', async (call) => {
    const listener = await startListener({ options });
    const { raw, session } = await openSocket(listener);
    listener.sockets.onMessage = ({ socket, messages }) => {
      if (messages.length < 25) return 1;
      socket[call](4001, 'enough');
      expect(socket.isOpen).toBe(false);
      return 1;
    };
    raw.write(Buffer.concat([numbered(0, 50), close]));
    await vi.waitFor(() => expect(session.closes).toEqual([{ code: 4000, reason: 'bye' }]));
    expect(session.messages).toHaveLength(25);
    expect(listener.log.errors).toEqual([]);
  });

  it('and whose handler has a defect is closed, and the rest forgotten', async () => {
    const listener = await startListener({ options });
    const { raw, session } = await openSocket(listener);
    listener.sockets.onMessage = ({ messages }) => {
      if (messages.length === 25) throw new Error('a defect');
      return 1;
    };
    raw.write(numbered(0, 50));
    await vi.waitFor(() => expect(session.closes).toEqual([{ code: 1011, reason: 'internal error' }]));
    expect(session.messages).toHaveLength(25);
    expect(listener.log.errors).toHaveLength(1);
  });

  it('is told of it at once when the listener closes', async () => {
    const listener = await startListener({ options });
    const { raw, session } = await openSocket(listener);
    listener.sockets.onMessage = ({ messages }) => {
      // In the first share: the rest has been read by the time an immediate runs.
      if (messages.length === 1) setImmediate(() => listener.listener.close());
      return 1;
    };
    raw.write(numbered(0, 50));
    await vi.waitFor(() => expect(session.closes).toHaveLength(1));
    const { length } = session.messages;
    expect(length).toBeLessThan(50);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(session.messages).toHaveLength(length);
    expect(session.closes).toHaveLength(1);
    raw.destroy();
  });
});

it('a socket that was served from its backlog goes on as before', async () => {
  const { raw, session } = await openSocket(await startListener({ options }));
  for (let round = 1; round <= 5; round += 1) {
    raw.write(numbered(0, 45));
    await vi.waitFor(() => expect(session.messages).toHaveLength(round * 45));
  }
  const other = await RawSocket.connect(raw.socket.remotePort as number);
  other.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
  expect((await other.answer()).status).toBe(404);
});
