import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ListenError } from '../../src/listener/listen-error.js';
import { createListener } from '../../src/listener/listener.js';
import { RawSocket } from '../support/raw-socket.js';
import { startListener, TestLog, testOptions, testRoute } from './start-listener.js';

const listen = (options: object) => createListener({ ...testOptions, ...options }, undefined, [], new TestLog());

describe('a listener', () => {
  it('takes a free port when asked for port 0, and tells which', async () => {
    const [one, other] = [await startListener(), await startListener()];
    expect(one.port).toBeGreaterThan(0);
    expect(other.port).not.toBe(one.port);
    expect(one.listener.host).toBe('127.0.0.1');
  });

  it('takes options with more fields than it knows', async () => {
    const listener = await createListener(
      { ...testOptions, metrics: true } as object as typeof testOptions,
      undefined,
      [],
      new TestLog(),
    );
    listener.close();
  });

  it('does not share a port with another listener', async () => {
    const { port } = await startListener();
    await expect(listen({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: the port is taken`);
  });

  it('does not share a port with another server', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const error = await listen({ port }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ code: 'EADDRINUSE', name: 'ListenError' });
  });

  it.each([
    ['192.0.2.1', /cannot listen on 192\.0\.2\.1:0: the host is not an address of this machine/],
    ['no.such.host.invalid', /cannot listen on no\.such\.host\.invalid:0: the host is unknown/],
  ])('refuses the host %s by name', async (host, message) => {
    await expect(listen({ host })).rejects.toThrow(message);
  });

  it.each([
    ['port', 65_536],
    ['port', -1],
    ['payloadBytesMax', 0],
    ['payloadBytesMax', 2 ** 32],
    ['floodFramesMax', 0],
    ['floodBytesMax', Number.NaN],
    ['keepAliveMs', 240_001],
    ['keepAliveMs', 0.5],
  ])('refuses %s = %d, which would end the process or be taken for something else', async (name, value) => {
    await expect(listen({ [name]: value })).rejects.toThrow(
      new RegExp(`^expected ${name} to be a whole number from \\d+ to \\d+, got ${value}$`),
    );
  });

  it.each([10, 8000, 25_000, 240_000])('opens with a keep-alive of %d ms', async (keepAliveMs) => {
    await startListener({ options: { keepAliveMs } });
  });

  it('without a socket handler has no WebSocket endpoint', async () => {
    const listener = await listen({});
    onTestFinished(() => listener.close());
    const raw = await RawSocket.connect(listener.port);
    raw.write('GET /v1/socket HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    expect((await raw.answer()).status).toBe(404);
  });

  it('when closed cuts sockets and requests, tells both sides, and refuses connections', async () => {
    let isAborted = false;
    const route = testRoute({
      method: 'get',
      handle: (_request, exchange) => exchange.onAborted(() => (isAborted = true)),
    });
    const { listener, port, sockets } = await startListener({ routes: [route] });
    const socket = await RawSocket.webSocket(port);
    const request = await RawSocket.connect(port);
    request.write('GET /test HTTP/1.1\r\nHost: a\r\n\r\n');
    const idle = await RawSocket.connect(port);
    idle.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    await idle.answer();

    listener.close();
    listener.close();
    expect(sockets.sessions[0]?.closes).toEqual([{ code: 1006, reason: '' }]);
    expect(isAborted).toBe(true);
    await Promise.all([socket, request, idle].map((raw) => raw.until(() => raw.isEnded || raw.isClosed || undefined)));
    const late = await RawSocket.connect(port);
    await late.untilClosed();
    expect(late.received.length).toBe(0);
  });

  it('may be closed by its own handler while a message is handled', async () => {
    const { listener, port, sockets, log } = await startListener();
    sockets.onMessage = () => {
      listener.close();
      return 1;
    };
    const raw = await RawSocket.webSocket(port);
    raw.write(Buffer.from([0x81, 0x80, 0, 0, 0, 0]));
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(sockets.sessions[0]?.closes).toHaveLength(1);
    expect(log.errors).toEqual([]);
  });

  it('lets the process end by itself once it is closed', async () => {
    const child = fork(new URL('./closing-process.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
    onTestFinished(() => void child.kill());
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).toBe(0);
  });
});
