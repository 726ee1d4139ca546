import { describe, expect, it, vi } from 'vitest';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { muchText, openSocket, startListener } from './start-listener.js';

describe('the end of a socket', () => {
  it('leaves with its code and reason, behind what was sent', async () => {
    const { raw, session, socket } = await openSocket(await startListener());
    socket.cork(() => {
      socket.send('last');
      socket.end(4200, 'bye é');
    });
    expect((await raw.frame()).payload.toString()).toBe('last');
    expect(await raw.closeFrame()).toEqual({ code: 4200, reason: Buffer.from('bye é') });
    expect(session.closes).toEqual([{ code: 4200, reason: 'bye é' }]);
  });

  it('is reached by what is buffered first, when the client reads late', async () => {
    const { raw, socket } = await openSocket(await startListener());
    raw.socket.pause();
    socket.send(muchText);
    socket.end(4108, 'slow');
    let read = 0;
    let tail: Buffer = Buffer.alloc(0);
    raw.socket.removeAllListeners('data');
    raw.socket.on('data', (data: Buffer) => {
      read += data.length;
      tail = Buffer.concat([tail, data]).subarray(-8);
    });
    raw.socket.resume();
    await vi.waitFor(() => expect(raw.isEnded).toBe(true), { timeout: 5000 });
    expect(read).toBe(muchText.length + 10 + 8);
    expect(tail).toEqual(Buffer.concat([Buffer.of(0x88, 6, 4108 >> 8, 4108 & 0xff), Buffer.from('slow')]));
  });

  it.each([
    [1005, 1011],
    [0, 1011],
    [70_000, 1011],
    [4999, 4999],
  ])('with code %d is on the wire as %d', async (code, sent) => {
    const { raw, socket } = await openSocket(await startListener());
    socket.end(code, '');
    expect((await raw.closeFrame()).code).toBe(sent);
  });

  it('cuts a long reason between characters', async () => {
    const { raw, socket } = await openSocket(await startListener());
    socket.end(4000, `${'x'.repeat(122)}é`);
    expect((await raw.closeFrame()).reason.toString()).toBe('x'.repeat(122));
  });

  it('by terminate comes without a close frame', async () => {
    const { raw, session, socket } = await openSocket(await startListener());
    socket.terminate();
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(raw.received.length).toBe(0);
    expect(session.closes).toEqual([{ code: 1006, reason: '' }]);
  });

  it('makes every later call a no-op', async () => {
    const { session, socket } = await openSocket(await startListener());
    for (let i = 0; i < 2; i += 1) {
      socket.end(4000, 'first');
      expect(socket.isOpen).toBe(false);
      expect(socket.send('text')).toBe(2);
      expect(socket.send(Uint8Array.of(1))).toBe(2);
      expect(socket.bufferedBytes).toBe(0);
      socket.cork(() => expect.unreachable());
      socket.ping();
      socket.terminate();
    }
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(session.closes).toEqual([{ code: 4000, reason: 'first' }]);
  });

  it('inside of a message is the last of that socket, though more messages have come', async () => {
    const listener = await startListener();
    listener.sockets.onMessage = ({ socket }) => {
      socket.end(4000, 'enough');
      return 1;
    };
    const { raw, session } = await openSocket(listener);
    raw.write(
      Buffer.concat([clientFrame(opcodes.text, '1'), clientFrame(opcodes.text, '2'), clientFrame(opcodes.ping, '')]),
    );
    expect(await raw.closeFrame()).toMatchObject({ code: 4000 });
    expect(session).toMatchObject({ messages: [{ text: '1' }], heard: 0, closes: [{ code: 4000 }] });
  });

  it('while it opens is told once there is a session', async () => {
    const listener = await startListener();
    listener.sockets.onOpen = ({ socket }) => socket.end(4100, 'no room');
    const raw = await RawSocket.webSocket(listener.port);
    expect(await raw.closeFrame()).toEqual({ code: 4100, reason: Buffer.from('no room') });
    expect(listener.sockets.sessions[0]?.closes).toEqual([{ code: 4100, reason: 'no room' }]);
  });
});

describe('what the handler is told of a client that', () => {
  const closings: [string, Uint8Array | undefined, number, string][] = [
    ['closes with a code', clientFrame(opcodes.close, Buffer.from([0x0f, 0xa0, 0x62, 0x79, 0x65])), 4000, 'bye'],
    ['closes without a code', clientFrame(opcodes.close, ''), 1005, ''],
    ['goes without a close frame', undefined, 1006, 'Received TCP FIN before WebSocket close frame'],
    ['sends invalid UTF-8', clientFrame(opcodes.text, Buffer.of(0xc3, 0x28)), 1006, 'Received invalid UTF-8'],
    ['sets a reserved bit', clientFrame(opcodes.text, 'a', { reserved: 4 }), 1006, 'Received invalid WebSocket frame'],
    ['sends an unknown opcode', clientFrame(3, 'a'), 1006, 'Received invalid WebSocket frame'],
    ['fragments a ping', clientFrame(opcodes.ping, 'a', { isFinal: false }), 1006, 'Received invalid WebSocket frame'],
    ['pings with 126 bytes', clientFrame(opcodes.ping, 'a'.repeat(126)), 1006, 'Received invalid WebSocket frame'],
    ['continues nothing', clientFrame(opcodes.continuation, 'a'), 1006, 'Received invalid WebSocket frame'],
    [
      'announces a huge message',
      Buffer.from([0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0]),
      1006,
      'Received too big message',
    ],
  ];
  it.each(closings)('%s', async (_title, bytes, code, reason) => {
    const { raw, session } = await openSocket(await startListener());
    if (bytes === undefined) raw.socket.end();
    else raw.write(bytes);
    await vi.waitFor(() => expect(session.closes).toEqual([{ code, reason }]));
    raw.destroy();
  });
});
