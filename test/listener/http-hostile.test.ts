import { describe, expect, it, vi } from 'vitest';
import { RawSocket } from '../support/raw-socket.js';
import { startListener, type TestListener, testRoute } from './start-listener.js';

const handled = vi.fn();

const start = (bodyBytesMax = 1000): Promise<TestListener> => {
  handled.mockClear();
  const route = testRoute({
    bodyBytesMax,
    handle(request, exchange) {
      handled();
      exchange.respond(200, {}, String(request.body.byteLength));
    },
  });
  return startListener({ routes: [route] });
};

const head = 'POST /test HTTP/1.1\r\nHost: a\r\n';

describe('a request that two readers could take for two', () => {
  const ambiguous: [string, string, string | undefined][] = [
    [
      'two equal content-lengths',
      'Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi',
      'expected one content-length header, got 2',
    ],
    [
      'two different content-lengths',
      'Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi',
      'expected one content-length header, got 2',
    ],
    ['an empty content-length', 'Content-Length: \r\n\r\nhi', 'expected content-length to be a whole number, got ""'],
    ['a list as content-length', 'Content-Length: 2, 2\r\n\r\nhi', undefined],
    ['a signed content-length', 'Content-Length: +2\r\n\r\nhi', undefined],
    ['a negative content-length', 'Content-Length: -2\r\n\r\nhi', undefined],
    ['a hexadecimal content-length', 'Content-Length: 0x2\r\n\r\nhi', undefined],
    ['an absurd content-length', 'Content-Length: 99999999999999999999\r\n\r\nhi', undefined],
    ['both framings', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', undefined],
    [
      'another transfer-encoding',
      'Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n',
      'expected transfer-encoding to be chunked, got "gzip"',
    ],
    [
      'chunked after another one',
      'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'expected transfer-encoding to be chunked, got "gzip, chunked"',
    ],
    [
      'two transfer-encodings',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
      'expected transfer-encoding to be chunked, got "identity"',
    ],
    ['two hosts', 'Host: b\r\nContent-Length: 0\r\n\r\n', 'expected one host header, got 2'],
    ['a chunk without a size', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n', undefined],
  ];
  it.each(ambiguous)('is refused for %s, and the connection closed', async (_title, rest, message) => {
    const { port, log } = await start();
    const raw = await RawSocket.connect(port);
    raw.write(`${head}${rest}`);
    const answer = await raw.answer();
    expect(answer.status).toBe(400);
    if (message !== undefined) expect(answer.body).toBe(message);
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(handled).not.toHaveBeenCalled();
    expect(log.errors).toEqual([]);
  });
});

it('an ambiguous HEAD request is refused without a body, and the connection closed', async () => {
  const { port } = await startListener({ routes: [testRoute({ method: 'get', handle: handled })] });
  const raw = await RawSocket.connect(port);
  raw.write('HEAD /test HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx');
  expect(await raw.answer(false)).toMatchObject({ status: 400 });
  await raw.until(() => raw.isEnded || raw.isClosed || undefined);
  expect(raw.received.length).toBe(0);
});

describe('a body over the bound', () => {
  it('is refused as soon as it is announced', async () => {
    const { port } = await start();
    const raw = await RawSocket.connect(port);
    raw.write(`${head}Content-Length: 1001\r\n\r\n`);
    expect(await raw.answer()).toMatchObject({ status: 413, body: 'expected a body of at most 1000 bytes, got 1001' });
    expect(handled).not.toHaveBeenCalled();
    raw.destroy();
  });

  it('is read to its end when it is not much larger, and the connection goes on', async () => {
    const { port } = await start();
    const raw = await RawSocket.connect(port);
    raw.write(`${head}Content-Length: 1000000\r\n\r\n`);
    for (let i = 0; i < 10; i += 1) raw.write(Buffer.alloc(100_000));
    expect((await raw.answer()).status).toBe(413);
    raw.write(`${head}Content-Length: 2\r\n\r\nhi`);
    expect(await raw.answer()).toMatchObject({ status: 200, body: '2' });
    raw.destroy();
  });

  it('ends the connection behind the answer when it is far larger', async () => {
    const { port } = await start();
    const raw = await RawSocket.connect(port);
    raw.write(`${head}Content-Length: 1048577\r\n\r\n`);
    expect(await raw.answer()).toMatchObject({ status: 413, headers: { connection: 'close' } });
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
  });

  it('in chunks is refused when it passes it, and the connection closed', async () => {
    const { port } = await start();
    const raw = await RawSocket.connect(port);
    raw.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 10; i += 1) raw.write(`64\r\n${'x'.repeat(100)}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(raw.received.length).toBe(0);
    raw.write('1\r\nx\r\n');
    expect(await raw.answer()).toMatchObject({ status: 413, body: 'expected a body of at most 1000 bytes, got more' });
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(handled).not.toHaveBeenCalled();
  });

  it('of exactly its size is taken, announced or in chunks', async () => {
    const { port } = await start();
    const raw = await RawSocket.connect(port);
    raw.write(`${head}Content-Length: 1000\r\n\r\n${'x'.repeat(1000)}`);
    expect(await raw.answer()).toMatchObject({ status: 200, body: '1000' });
    raw.write(`${head}Transfer-Encoding: chunked\r\n\r\n3e8\r\n${'x'.repeat(1000)}\r\n0\r\n\r\n`);
    expect(await raw.answer()).toMatchObject({ status: 200, body: '1000' });
    raw.destroy();
  });

  it('of a route without body is anything', async () => {
    const { port } = await start(0);
    const raw = await RawSocket.connect(port);
    raw.write(`${head}Content-Length: 1\r\n\r\nx`);
    expect((await raw.answer()).status).toBe(413);
    raw.write(`${head}\r\n`);
    expect((await raw.answer()).status).toBe(200);
    raw.destroy();
  });
});

describe('a client that does not read its answers', () => {
  it('gets a large one in the end, while others are served', async () => {
    const large = 'é'.repeat(8_000_000);
    const route = testRoute({ handle: (_request, exchange) => exchange.respond(200, {}, large) });
    const { port } = await startListener({ routes: [route] });
    const raw = await RawSocket.connect(port);
    raw.socket.pause();
    raw.write(`${head}Content-Length: 0\r\n\r\n`);
    const other = await RawSocket.connect(port);
    other.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await other.answer()).status).toBe(404);
    raw.socket.resume();
    const { body } = await raw.answer();
    expect(body === large).toBe(true);
    raw.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await raw.answer()).status).toBe(404);
    for (const each of [raw, other]) each.destroy();
  });

  it('is cut when it asks for more meanwhile, instead of having answers pile up', async () => {
    let answered = 0;
    const route = testRoute({
      handle(_request, exchange) {
        answered += 1;
        exchange.respond(200, {}, 'x'.repeat(100_000));
      },
    });
    const { port } = await startListener({ routes: [route] });
    const raw = await RawSocket.connect(port);
    raw.socket.pause();
    const requests = `${head}Content-Length: 0\r\n\r\n`.repeat(10);
    for (let i = 0; i < 200 && !raw.socket.destroyed; i += 1) {
      raw.write(requests);
      await new Promise((resolve) => setImmediate(resolve));
    }
    raw.socket.resume();
    await raw.untilClosed();
    // As many as the kernel's buffers hold, and one.
    expect(answered).toBeLessThan(150);
  });
});
