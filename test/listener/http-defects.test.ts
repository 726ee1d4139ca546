import { describe, expect, it } from 'vitest';
import type { HttpExchange, HttpRequest, HttpRoute } from '../../src/model/transport.js';
import { httpRequest, RawSocket } from '../support/raw-socket.js';
import { startListener, testRoute } from './start-listener.js';

const text = { 'Content-Type': 'text/plain' };

describe('a defect of a handler', () => {
  const failing = (handle: HttpRoute['handle'], bodyBytesMax = 10): HttpRoute => testRoute({ handle, bodyBytesMax });

  it.each([
    ['at once', httpRequest('POST', '/test')],
    ['when the body has come', httpRequest('POST', '/test', '', 'hi')],
  ])('%s is answered with 500 and logged, and the connection goes on', async (_title, bytes) => {
    const handle = (): never => {
      throw new Error('a defect');
    };
    const { port, log } = await startListener({ routes: [failing(handle)] });
    const raw = await RawSocket.connect(port);
    for (let i = 0; i < 2; i += 1) {
      raw.write(bytes);
      expect(await raw.answer()).toMatchObject({ status: 500, body: 'internal error\n' });
    }
    expect(log.errors).toHaveLength(2);
    expect(log.errors[0]).toMatchObject({ fields: { err: { message: 'a defect' }, path: '/test' } });
    raw.destroy();
  });

  it('behind its answer is only logged', async () => {
    const handle = (_request: HttpRequest, exchange: HttpExchange): never => {
      exchange.respond(200, text, 'done');
      throw new Error('a defect');
    };
    const { port, log } = await startListener({ routes: [failing(handle)] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test'));
    expect(await raw.answer()).toMatchObject({ status: 200, body: 'done' });
    expect(log.errors).toHaveLength(1);
    raw.destroy();
  });

  it('in an answer under way cuts the connection, so that the client does not take it for whole', async () => {
    const handle = (_request: HttpRequest, exchange: HttpExchange): never => {
      exchange.start(200, text);
      exchange.write('half');
      throw new Error('a defect');
    };
    const { port, log } = await startListener({ routes: [failing(handle)] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test'));
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(raw.received.toString()).not.toContain('\r\n0\r\n\r\n');
    expect(log.errors).toHaveLength(1);
  });

  it('in its refusal is answered with 500', async () => {
    const route: HttpRoute = {
      ...failing(() => undefined, 1),
      refuse() {
        throw new Error('a defect');
      },
    };
    const { port, log } = await startListener({ routes: [route] });
    const raw = await RawSocket.connect(port);
    raw.write(httpRequest('POST', '/test', '', 'too long'));
    expect(await raw.answer()).toMatchObject({ status: 500 });
    expect(log.errors).toHaveLength(1);
    raw.destroy();
  });

  const badHeaders: [string, Record<string, string>][] = [
    ['a line break in a value', { A: 'b\r\nEvil: 1' }],
    ['a line feed in a value', { A: 'b\nEvil: 1' }],
    ['a null byte in a value', { A: 'b\0' }],
    ['a line break in a name', { 'A: b\r\nEvil': '1' }],
    ['a space in a name', { 'A B': 'c' }],
  ];
  it.each(badHeaders)('that puts %s is answered with 500, at once or later', async (_title, headers) => {
    const now = testRoute({ path: '/now', handle: (_r, exchange) => exchange.respond(200, headers, 'ok') });
    const later = testRoute({
      path: '/later',
      handle: (_r, exchange) => void setImmediate(() => exchange.respond(200, headers, 'ok')),
    });
    const stream = testRoute({
      path: '/stream',
      handle(_request, exchange) {
        exchange.start(200, headers);
        expect(exchange.write('data')).toBe(false);
        exchange.end();
      },
    });
    const { port, log } = await startListener({ routes: [now, later, stream] });
    const raw = await RawSocket.connect(port);
    for (const path of ['/now', '/later', '/stream']) {
      raw.write(httpRequest('POST', path));
      const answer = await raw.answer();
      expect(answer).toMatchObject({ status: 500, body: 'internal error\n' });
      expect(answer.headers).not.toHaveProperty('evil');
    }
    expect(log.errors).toHaveLength(3);
    raw.destroy();
  });
});
