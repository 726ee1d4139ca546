import { describe, expect, it } from 'vitest';
import type { HttpExchange, HttpRequest, HttpRoute } from '../../src/model/transport.js';
import { httpRequest, type RawAnswer, RawSocket } from '../support/raw-socket.js';
import { startListener, testRoute } from './start-listener.js';

const text = { 'Content-Type': 'text/plain' };

/** The answer of a listener with these routes to what is written, each part in a packet of its own. */
async function answerTo(routes: readonly HttpRoute[], ...parts: readonly string[]): Promise<RawAnswer> {
  const { port } = await startListener({ routes });
  const raw = await RawSocket.connect(port);
  for (const part of parts) {
    raw.write(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const answer = await raw.answer(!parts[0]?.startsWith('HEAD'));
  raw.destroy();
  return answer;
}

describe('a route', () => {
  it('is given method, path, address, headers and body', async () => {
    let seen: object = {};
    const route = testRoute({
      headers: ['content-type', 'accept', 'prefer'],
      handle(received: HttpRequest, exchange: HttpExchange) {
        const { method, path, remoteAddress } = received;
        const headers = ['content-type', 'accept', 'prefer'].map((name) => received.header(name));
        seen = { method, path, remoteAddress, headers, body: Buffer.from(received.body).toString() };
        exchange.respond(200, text, 'ok');
      },
    });
    await answerTo(
      [route],
      httpRequest('POST', '/test?query=1', 'Content-Type: a/b\r\nACCEPT: c\r\nAccept: d\r\nX: y\r\n', 'hello'),
    );
    expect(seen).toEqual({
      method: 'post',
      path: '/test',
      remoteAddress: '127.0.0.1',
      headers: ['a/b', 'c, d', ''],
      body: 'hello',
    });
  });

  it('is given the address of the connection, whatever a PROXY header claims', async () => {
    const route = testRoute({
      method: 'get',
      handle: (received, exchange) => exchange.respond(200, text, received.remoteAddress),
    });
    const { port } = await startListener({ routes: [route] });
    const raw = await RawSocket.connect(port);
    // Version 2, TCP over IPv4: from 10.0.0.1 port 1 to 10.0.0.2 port 2.
    raw.write(Buffer.from('0d0a0d0a000d0a515549540a2111000c0a0000010a00000200010002', 'hex'));
    raw.write(httpRequest('GET', '/test'));
    expect((await raw.answer()).body).toBe('127.0.0.1');
    raw.destroy();
  });

  it('answers with status, headers and body', async () => {
    const handle = (_request: HttpRequest, exchange: HttpExchange): void =>
      exchange.respond(429, { ...text, 'Retry-After': '3' }, 'é漢😀');
    expect(await answerTo([testRoute({ handle })], httpRequest('POST', '/test'))).toMatchObject({
      status: 429,
      headers: { 'content-type': 'text/plain', 'retry-after': '3', 'content-length': '9' },
      body: 'é漢😀',
    });
  });

  it.each([
    ['bytes', Uint8Array.of(97, 98), 'ab'],
    ['an empty string', '', ''],
    ['no bytes', new Uint8Array(0), ''],
  ])('may answer with %s', async (_title, body, received) => {
    const handle = (_request: HttpRequest, exchange: HttpExchange): void => exchange.respond(202, {}, body);
    expect(await answerTo([testRoute({ handle })], httpRequest('POST', '/test'))).toMatchObject({
      status: 202,
      body: received,
    });
  });

  it('may answer later, and a second time to no effect', async () => {
    const handle = (_request: HttpRequest, exchange: HttpExchange): void => {
      setTimeout(() => {
        exchange.respond(200, text, 'first');
        exchange.respond(500, text, 'second');
        exchange.start(200, {});
        expect(exchange.write('third')).toBe(false);
        exchange.end();
      }, 5);
    };
    expect(await answerTo([testRoute({ handle })], httpRequest('POST', '/test'))).toMatchObject({
      status: 200,
      body: 'first',
    });
  });

  it('is not told headers it does not name', async () => {
    const handle = (received: HttpRequest, exchange: HttpExchange): void => {
      expect(() => received.header('cookie')).toThrow('expected cookie to be among the headers the route names');
      exchange.respond(200, text, 'ok');
    };
    expect((await answerTo([testRoute({ handle })], httpRequest('POST', '/test', 'Cookie: a\r\n'))).status).toBe(200);
  });

  it('for GET serves HEAD too, with the same head and no body', async () => {
    const route = testRoute({
      method: 'get',
      bodyBytesMax: 0,
      handle: (_request, exchange) => exchange.respond(200, text, 'twelve bytes'),
    });
    expect(await answerTo([route], httpRequest('HEAD', '/test'))).toMatchObject({
      status: 200,
      headers: { 'content-length': '12' },
      body: '',
    });
  });
});

describe('a path or method that nothing serves', () => {
  const get = testRoute({ method: 'get', path: '/both', handle: (_r, exchange) => exchange.respond(200, text, 'get') });
  const post = testRoute({ path: '/both', handle: (_r, exchange) => exchange.respond(200, text, 'post') });

  it.each(['/', '/nope', '/both/', '/both/deeper', '/%62oth', '/both%3Fx'])('%s is answered with 404', async (path) => {
    expect(await answerTo([get], httpRequest('GET', path))).toMatchObject({
      status: 404,
      body: `expected a path that is served here, got ${JSON.stringify(path)}\n`,
    });
  });

  it('is answered with 404 whatever its body is', async () => {
    expect(await answerTo([get], httpRequest('POST', '/nope', '', 'x'.repeat(100_000)))).toMatchObject({ status: 404 });
    expect(
      await answerTo([get], httpRequest('POST', '/nope', 'Transfer-Encoding: chunked\r\n', '1\r\nx\r\n0\r\n\r\n')),
    ).toMatchObject({ status: 404 });
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'BREW'])(
    '%s is answered with 405 and what is allowed',
    async (method) => {
      expect(await answerTo([get, post], httpRequest(method, '/both'))).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD, POST' },
        body: `expected the method to be GET, HEAD, POST, got "${method}"\n`,
      });
    },
  );

  it('is told so to HEAD without a body', async () => {
    expect(await answerTo([post], httpRequest('HEAD', '/both'))).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
      body: '',
    });
    expect(await answerTo([post], httpRequest('HEAD', '/nope'))).toMatchObject({ status: 404, body: '' });
  });
});
