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

describe('a route with a parameter', () => {
  const path = '/things/:thing';
  const query = ['a', 'b', 'c'];

  /** Answers with what the route is told. */
  function telling(method: 'get' | 'post'): HttpRoute {
    const handle = (told: HttpRequest, exchange: HttpExchange): void => {
      const values = query.map((name) => told.query(name) ?? null);
      const { parameter, body } = told;
      exchange.respond(200, text, JSON.stringify([told.method, told.path, parameter, values, body.length]));
    };
    return testRoute({ method, path, query, handle });
  }

  const both = [telling('get'), telling('post')];

  it.each([
    ['/things/x', 'x', [null, null, null]],
    ['/things/a.b-c_d', 'a.b-c_d', [null, null, null]],
    ['/things/%C3%A9%2F%3E*>', 'é/>*>', [null, null, null]],
    ['/things/:thing', ':thing', [null, null, null]],
    ['/things/x?', 'x', [null, null, null]],
    ['/things/x?b=1&a=%41+b%2B&b=2&d=3', 'x', ['A b+', '1', null]],
    ['/things/x?a=%zz&b&c=%ff', 'x', ['%zz', '', '\ufffd']],
  ])('is told what %s holds', async (target, parameter, values) => {
    const { body } = await answerTo(both, httpRequest('GET', target));
    expect(JSON.parse(body)).toEqual(['get', path, parameter, values, 0]);
  });

  it('is told so behind a body that came in pieces, too', async () => {
    const request = httpRequest('POST', '/things/%3Cx%3E?c=1', '', 'x'.repeat(5000));
    const { body } = await answerTo(both, request.slice(0, -4000), request.slice(-4000));
    expect(JSON.parse(body)).toEqual(['post', path, '<x>', [null, null, '1'], 5000]);
  });

  it('is asked to refuse what is no percent-encoding of UTF-8, and the connection goes on behind the body', async () => {
    const { port } = await startListener({ routes: both });
    const raw = await RawSocket.connect(port);
    for (const target of ['/things/%', '/things/%zz', '/things/a%ff', '/things/%ed%a0%80']) {
      raw.write(httpRequest('POST', target, '', 'x'.repeat(5000)));
      const message = 'expected the path to be percent-encoded UTF-8';
      expect(await raw.answer()).toMatchObject({ status: 400, body: message });
    }
    raw.write(httpRequest('POST', '/things/%25', '', 'x'));
    expect(JSON.parse((await raw.answer()).body)).toEqual(['post', path, '%', [null, null, null], 1]);
    raw.destroy();
  });

  it('is not told what it does not name of the query', async () => {
    const handle = (told: HttpRequest, exchange: HttpExchange): void => {
      expect(told.parameter).toBe('');
      expect(() => told.query('a')).toThrow('expected a to be among the names of the query the route reads');
      exchange.respond(202, text, '');
    };
    expect((await answerTo([testRoute({ handle })], httpRequest('POST', '/test?a=1'))).status).toBe(202);
  });

  it.each(['/things', '/things/', '/things//', '/things/a/', '/things/a/b'])('does not serve %s', async (target) => {
    for (const method of ['GET', 'POST', 'PUT']) {
      expect(await answerTo(both, httpRequest(method, target))).toMatchObject({ status: 404 });
    }
  });

  it.each(['PUT', 'DELETE', 'OPTIONS'])('refuses %s with what is allowed', async (method) => {
    for (const [routes, allow] of [
      [both, 'GET, HEAD, POST'],
      [[...both].reverse(), 'POST, GET, HEAD'],
      [[telling('post')], 'POST'],
    ] as const) {
      const answer = await answerTo(routes, httpRequest(method, '/things/x%ff?a=1'));
      expect(answer).toMatchObject({ status: 405, headers: { allow } });
    }
  });

  it('leaves a path of its own beside it alone', async () => {
    const own = testRoute({
      method: 'get',
      path: '/things/all',
      handle: (_r, exchange) => exchange.respond(203, {}, ''),
    });
    for (const routes of [
      [own, ...both],
      [...both, own],
    ]) {
      expect((await answerTo(routes, httpRequest('GET', '/things/all'))).status).toBe(203);
      expect((await answerTo(routes, httpRequest('GET', '/things/al'))).status).toBe(200);
    }
  });
});
