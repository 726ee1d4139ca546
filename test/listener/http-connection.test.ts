import { describe, expect, it, vi } from 'vitest';
import type { HttpExchange, HttpRoute } from '../../src/model/transport.js';
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

const echo = testRoute({
  handle: (received, exchange) => exchange.respond(200, text, Buffer.from(received.body).toString()),
});

describe('a body', () => {
  it.each([1, 2, 3, 10])('in %d pieces is put together', async (count) => {
    const body = 'abcdefghij'.repeat(1000);
    const size = body.length / count;
    const pieces = Array.from({ length: count }, (_, i) =>
      body.slice(Math.floor(i * size), Math.floor((i + 1) * size)),
    );
    expect(
      (await answerTo([echo], httpRequest('POST', '/test', '', body).slice(0, -body.length), ...pieces)).body,
    ).toBe(body);
  });

  it('in chunks is put together', async () => {
    const chunks = Array.from({ length: 300 }, (_, i) => `3\r\n${String(i).padStart(3, '0')}\r\n`).join('');
    const { body } = await answerTo(
      [echo],
      httpRequest('POST', '/test', 'Transfer-Encoding: chunked\r\n', `${chunks}0\r\n\r\n`),
    );
    expect(body).toBe(Array.from({ length: 300 }, (_, i) => String(i).padStart(3, '0')).join(''));
  });

  it('that is announced by a byte less than it is leaves the rest for the next request', async () => {
    const { port } = await startListener({ routes: [echo] });
    const raw = await RawSocket.connect(port);
    raw.write(`POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n12345`);
    expect((await raw.answer()).body).toBe('1234');
    raw.destroy();
  });

  it('may be left out', async () => {
    expect(await answerTo([echo], 'POST /test HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({ status: 200, body: '' });
  });

  it('is waited for by a client that asked whether to send it', async () => {
    const { port } = await startListener({ routes: [echo] });
    const raw = await RawSocket.connect(port);
    raw.write('POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n');
    expect((await raw.answer()).status).toBe(100);
    raw.write('hi');
    expect((await raw.answer()).body).toBe('hi');
    raw.destroy();
  });
});

describe('a connection', () => {
  it('serves one request after the other', async () => {
    const { port } = await startListener({ routes: [echo] });
    const raw = await RawSocket.connect(port);
    for (const body of ['one', 'two', 'three']) {
      raw.write(httpRequest('POST', '/test', '', body));
      expect((await raw.answer()).body).toBe(body);
    }
    raw.destroy();
  });

  it('serves requests sent ahead, in order, when each is answered at once or in its microtasks', async () => {
    const soon = testRoute({
      path: '/soon',
      async handle(received, exchange) {
        const body = Buffer.from(received.body).toString();
        for (let i = 0; i < 10; i += 1) await undefined;
        exchange.respond(200, text, body);
      },
    });
    const { port } = await startListener({ routes: [echo, soon] });
    const raw = await RawSocket.connect(port);
    const bodies = Array.from({ length: 200 }, (_, i) => `body ${i}`);
    raw.write(bodies.map((body, i) => httpRequest('POST', i % 2 === 0 ? '/test' : '/soon', '', body)).join(''));
    for (const body of bodies) expect((await raw.answer()).body).toBe(body);
    raw.destroy();
  });

  it('ends when a request is sent ahead of an answer that takes its time, and the handler hears of it', async () => {
    const aborted = vi.fn();
    const slow = testRoute({ handle: (_request, exchange) => exchange.onAborted(aborted) });
    const { port, log } = await startListener({ routes: [slow] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test') + httpRequest('POST', '/test'));
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(aborted).toHaveBeenCalledTimes(1);
    expect(log.errors).toEqual([]);
  });

  it('ends behind the answer when the client asks for that', async () => {
    const { port } = await startListener({ routes: [echo] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test', 'Connection: close\r\n', 'last'));
    expect((await raw.answer()).body).toBe('last');
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
  });
});

describe('an abort', () => {
  it('is told once, and makes every later call a no-op', async () => {
    const aborted = vi.fn();
    let exchange: HttpExchange | undefined;
    const route = testRoute({
      handle(_request, given) {
        exchange = given;
        given.onAborted(aborted);
      },
    });
    const { port, log } = await startListener({ routes: [route] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test'));
    await vi.waitFor(() => expect(exchange).toBeDefined());
    expect(exchange?.isAborted).toBe(false);
    raw.destroy();
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledTimes(1));
    expect(exchange?.isAborted).toBe(true);
    exchange?.respond(200, text, 'late');
    exchange?.start(200, text);
    expect(exchange?.write('late')).toBe(false);
    exchange?.end();
    expect(log.errors).toEqual([]);
    const late = vi.fn();
    exchange?.onAborted(late);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it('while the body arrives means the handler is never called', async () => {
    const handle = vi.fn();
    const { port } = await startListener({ routes: [testRoute({ handle })] });
    const raw = await RawSocket.connect(port);
    raw.write('POST /test HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
    await new Promise((resolve) => setTimeout(resolve, 10));
    raw.destroy();
    const other = await RawSocket.connect(port);
    other.write(httpRequest('POST', '/nope'));
    await other.answer();
    expect(handle).not.toHaveBeenCalled();
  });

  it('whose callback throws is logged, and the listener goes on', async () => {
    const route = testRoute({
      handle(_request, exchange) {
        exchange.onAborted(() => {
          throw new Error('a defect');
        });
      },
    });
    const { port, log } = await startListener({ routes: [route, { ...echo, path: '/echo' }] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    raw.destroy();
    await vi.waitFor(() => expect(log.errors).toMatchObject([{ fields: { err: { message: 'a defect' } } }]));
    const other = await RawSocket.connect(port);
    other.write(httpRequest('POST', '/echo', '', 'still here'));
    expect((await other.answer()).body).toBe('still here');
  });
});
