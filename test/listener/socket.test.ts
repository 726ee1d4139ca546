import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { muchText, openSocket, startListener } from './start-listener.js';

describe('a message', () => {
  it('reaches the handler with its kind and bytes, in order', async () => {
    const listener = await startListener();
    const { raw, session } = await openSocket(listener);
    raw.write(clientFrame(opcodes.text, 'one é漢😀'));
    raw.write(clientFrame(opcodes.binary, 'two'));
    raw.write(clientFrame(opcodes.text, ''));
    await vi.waitFor(() => expect(session.messages).toHaveLength(3));
    expect(session.messages).toEqual([
      { text: 'one é漢😀', isBinary: false },
      { text: 'two', isBinary: true },
      { text: '', isBinary: false },
    ]);
  });

  it('is put together from its fragments, with control frames between them', async () => {
    const { raw, session } = await openSocket(await startListener());
    raw.write(clientFrame(opcodes.text, 'a', { isFinal: false }));
    raw.write(clientFrame(opcodes.ping, 'p'));
    raw.write(clientFrame(opcodes.continuation, 'b', { isFinal: false }));
    raw.write(clientFrame(opcodes.continuation, 'c'));
    await vi.waitFor(() => expect(session.messages).toEqual([{ text: 'abc', isBinary: false }]));
    expect(await raw.frame()).toMatchObject({ opcode: opcodes.pong, payload: Buffer.from('p') });
    expect(session.heard).toBe(1);
  });

  it('of the largest size is taken, one byte more ends the socket with a reason', async () => {
    const { raw, session } = await openSocket(await startListener({ options: { payloadBytesMax: 1000 } }));
    raw.write(clientFrame(opcodes.binary, 'x'.repeat(1000)));
    await vi.waitFor(() => expect(session.messages).toHaveLength(1));
    raw.write(clientFrame(opcodes.binary, 'x'.repeat(1001)));
    await vi.waitFor(() => expect(session.closes).toEqual([{ code: 1006, reason: 'Received too big message' }]));
  });
});

describe('what is sent', () => {
  it('is a text message for a string and a binary one for bytes', async () => {
    const { raw, socket } = await openSocket(await startListener());
    expect(socket.send('text é漢😀')).toBe(1);
    expect(socket.send(Uint8Array.of(1, 2, 3))).toBe(1);
    expect(socket.send('')).toBe(1);
    expect(await raw.frame()).toMatchObject({
      isFinal: true,
      opcode: opcodes.text,
      payload: Buffer.from('text é漢😀'),
    });
    expect(await raw.frame()).toMatchObject({ isFinal: true, opcode: opcodes.binary, payload: Buffer.of(1, 2, 3) });
    expect(await raw.frame()).toMatchObject({ opcode: opcodes.text, payload: Buffer.of() });
  });

  it('is copied: the bytes may be used again at once', async () => {
    const { raw, socket } = await openSocket(await startListener());
    const bytes = Buffer.from('before');
    socket.cork(() => {
      socket.send(bytes);
      bytes.write('after!');
    });
    expect((await raw.frame()).payload.toString()).toBe('before');
  });

  it('is valid UTF-8 even when the string has lone surrogates', async () => {
    const { raw, socket } = await openSocket(await startListener());
    socket.send('a\ud800b\udc00');
    expect((await raw.frame()).payload.toString()).toBe('a\ufffdb\ufffd');
  });

  it('leaves in order, corked or not', async () => {
    const { raw, socket } = await openSocket(await startListener());
    socket.send('1');
    socket.cork(() => {
      socket.send('2');
      socket.send('x'.repeat(40_000));
      socket.send('4');
    });
    socket.send('5');
    const lengths: number[] = [];
    for (let i = 0; i < 5; i += 1) lengths.push((await raw.frame()).payload.length);
    expect(lengths).toEqual([1, 1, 40_000, 1, 1]);
  });

  it('is told to be buffered when the client does not read, is kept, and the handler hears when there is room', async () => {
    const { raw, session, socket } = await openSocket(await startListener());
    raw.socket.pause();
    expect(socket.send(muchText)).toBe(0);
    const { bufferedBytes } = socket;
    expect(bufferedBytes).toBeGreaterThan(1_000_000);
    expect(socket.send('last')).toBe(0);
    expect(socket.bufferedBytes).toBeGreaterThan(bufferedBytes);
    let read = 0;
    raw.socket.removeAllListeners('data');
    raw.socket.on('data', (data) => {
      read += data.length;
    });
    raw.socket.resume();
    await vi.waitFor(() => expect(read).toBe(muchText.length + 10 + 6), { timeout: 5000 });
    expect(session.drains).toBeGreaterThan(0);
    expect(socket.bufferedBytes).toBe(0);
    expect(socket.send('more')).toBe(1);
  });

  it('survives a cork whose callback throws, and the throw comes through', async () => {
    const { raw, socket } = await openSocket(await startListener());
    expect(() =>
      socket.cork(() => {
        socket.send('before');
        throw new Error('inside');
      }),
    ).toThrow('inside');
    socket.send('after');
    expect((await raw.frame()).payload.toString()).toBe('before');
    expect((await raw.frame()).payload.toString()).toBe('after');
  });
});

describe('a ping', () => {
  it('from here is answered by a library, and the handler hears it', async () => {
    const { port, sockets } = await startListener();
    const client = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`);
    await once(client, 'open');
    sockets.sessions[0]?.socket.ping();
    await vi.waitFor(() => expect(sockets.sessions[0]?.heard).toBe(1));
    client.terminate();
  });

  it('from the client is answered, and the handler hears it', async () => {
    const { raw, session } = await openSocket(await startListener());
    raw.write(clientFrame(opcodes.ping, 'p'.repeat(125)));
    expect(await raw.frame()).toMatchObject({ opcode: opcodes.pong, payload: Buffer.from('p'.repeat(125)) });
    raw.write(clientFrame(opcodes.pong, ''));
    await vi.waitFor(() => expect(session.heard).toBe(2));
  });

  it('of a client that does not read its pongs ends it as slow, before they fill memory', async () => {
    const { raw, session, socket } = await openSocket(
      await startListener({ options: { floodFramesMax: 1_000_000, turnFramesMax: 250_000 } }),
    );
    raw.socket.pause();
    socket.send(muchText);
    const { bufferedBytes } = socket;
    for (let i = 0; i < 10 && session.closes.length === 0; i += 1) {
      await raw.pour(Buffer.concat(Array.from({ length: 20 }, () => clientFrame(opcodes.ping, 'p'.repeat(125)))));
    }
    await vi.waitFor(() => expect(session.closes).toHaveLength(1));
    expect(session.closes[0]).toEqual({ code: 4108, reason: 'slow consumer: pongs are not read' });
    expect(bufferedBytes).toBeGreaterThan(0);
    raw.destroy();
  });
});

describe('a defect of the handler', () => {
  it('in open closes the socket with 1011, and no close is told for what never opened', async () => {
    const listener = await startListener();
    listener.sockets.onOpen = () => {
      throw new Error('a defect');
    };
    const raw = await RawSocket.webSocket(listener.port);
    expect(await raw.closeFrame()).toEqual({ code: 1011, reason: Buffer.from('internal error') });
    expect(listener.sockets.sessions[0]?.closes).toEqual([]);
    expect(listener.log.errors).toMatchObject([
      {
        fields: { err: { message: 'a defect' }, remoteAddress: '127.0.0.1' },
        message: expect.stringContaining('open'),
      },
    ]);
  });

  it.each(['message', 'heard', 'drain'])('in %s closes that socket with 1011 and no other', async (where) => {
    const listener = await startListener();
    const { raw, session, socket } = await openSocket(listener);
    const other = await openSocket(listener);
    const fail = (): never => {
      throw new Error('a defect');
    };
    const { sockets } = listener;
    if (where === 'message') sockets.onMessage = fail;
    if (where === 'heard') sockets.onHeard = fail;
    if (where === 'drain') sockets.onDrain = fail;
    if (where === 'message') raw.write(clientFrame(opcodes.text, 'a'));
    if (where === 'heard') raw.write(clientFrame(opcodes.ping, ''));
    if (where === 'drain') socket.send(muchText);
    await vi.waitFor(() => expect(session.closes).toEqual([{ code: 1011, reason: 'internal error' }]));
    expect(listener.log.errors).toMatchObject([{ message: expect.stringContaining(where) }]);
    expect(other.socket.isOpen).toBe(true);
    raw.destroy();
  });

  it('in close is logged, and the listener goes on', async () => {
    const listener = await startListener();
    listener.sockets.onClose = () => {
      throw new Error('a defect');
    };
    const { raw } = await openSocket(listener);
    raw.destroy();
    await vi.waitFor(() => expect(listener.log.errors).toHaveLength(1));
    await openSocket(listener);
  });
});
