import { describe, expect, it, vi } from 'vitest';
import type { HttpExchange } from '../../src/model/transport.js';
import { RawSocket } from '../support/raw-socket.js';
import { startListener, type TestListener, testRoute } from './start-listener.js';

const request = 'GET /test HTTP/1.1\r\nHost: a\r\n\r\n';
const headers = { 'Content-Type': 'text/event-stream' };

/** A stream from both sides: what `write` writes is what `raw` receives. */
async function open(
  options: { isRead?: boolean } = {},
): Promise<TestListener & { readonly raw: RawSocket; readonly exchange: HttpExchange }> {
  const given: HttpExchange[] = [];
  const route = testRoute({
    method: 'get',
    handle(_request, exchange) {
      given.push(exchange);
      exchange.start(200, headers);
    },
  });
  const listener = await startListener({ routes: [route] });
  const raw = await RawSocket.connect(listener.port);
  if (options.isRead === false) raw.socket.pause();
  raw.write(request);
  const exchange = await vi.waitFor(() => {
    expect(given).toHaveLength(1);
    return given[0] as HttpExchange;
  });
  return { ...listener, raw, exchange };
}

/** Writes until the client's kernel takes no more. @returns what was written */
function fill(exchange: HttpExchange, chunk: string): string {
  let written = '';
  for (let i = 0; i < 100_000; i += 1) {
    written += chunk;
    if (!exchange.write(chunk)) return written;
  }
  throw new Error('expected the socket to be full at some point');
}

describe('a stream', () => {
  it('arrives chunk by chunk, and ends', async () => {
    const { raw, exchange } = await open();
    expect(exchange.write('one é漢😀\n')).toBe(true);
    await vi.waitFor(() => expect(raw.received.toString()).toContain('one é漢😀'));
    expect(exchange.write('two\n')).toBe(true);
    expect(exchange.write('')).toBe(true);
    exchange.end();
    expect(await raw.answer()).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: 'one é漢😀\ntwo\n',
    });
    raw.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await raw.answer()).status).toBe(404);
    raw.destroy();
  });

  it('may be cut, also while its client reads nothing: that is told as if the client had gone', async () => {
    const { raw, exchange } = await open({ isRead: false });
    let aborts = 0;
    exchange.onAborted(() => {
      aborts += 1;
    });
    fill(exchange, 'x'.repeat(10_000));
    exchange.terminate();
    expect([aborts, exchange.isAborted, exchange.write('more')]).toEqual([1, true, false]);
    exchange.terminate();
    raw.socket.resume();
    await vi.waitFor(() => expect(raw.socket.destroyed || raw.socket.readableEnded).toBe(true));
    expect(aborts).toBe(1);
    raw.destroy();
  });

  it('may end without a chunk', async () => {
    const { raw, exchange } = await open();
    exchange.end();
    expect(await raw.answer()).toMatchObject({ status: 200, body: '' });
    raw.destroy();
  });

  it('may have chunks of any size', async () => {
    const { raw, exchange } = await open();
    const chunks = [1, 2730, 2731, 8192, 16_384, 100_000].map((length) => '漢'.repeat(length));
    for (const chunk of chunks) exchange.write(chunk);
    exchange.end();
    expect((await raw.answer()).body === chunks.join('')).toBe(true);
    raw.destroy();
  });

  it('is valid UTF-8 even when a chunk has a lone surrogate', async () => {
    const { raw, exchange } = await open();
    exchange.write('a\ud800b');
    exchange.end();
    expect((await raw.answer()).body).toBe('a\ufffdb');
    raw.destroy();
  });

  it('answers HEAD with its head alone, and is over then though it never ends', async () => {
    const aborted = vi.fn();
    const seen: unknown[] = [];
    const route = testRoute({
      method: 'get',
      handle({ method }, exchange) {
        exchange.onAborted(aborted);
        exchange.start(200, headers);
        seen.push(method, exchange.isAborted, exchange.write('data'));
      },
    });
    const { port, log } = await startListener({ routes: [route] });
    const raw = await RawSocket.connect(port);
    raw.write(request.replace('GET', 'HEAD'));
    expect(await raw.answer(false)).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
    expect(seen).toEqual(['head', true, false]);
    expect(aborted).toHaveBeenCalledTimes(1);
    expect(log.errors).toEqual([]);
    raw.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await raw.answer()).status).toBe(404);
    raw.destroy();
  });
});

describe('a stream to a client that does not read', () => {
  it.each([100, 10_000, 20_000, 50_000, 1_000_000])(
    'tells so, and again when there is room, with chunks of %d',
    async (size) => {
      const { raw, exchange } = await open({ isRead: false });
      const writable = vi.fn();
      exchange.onWritable(writable);
      const chunk = `${'x'.repeat(size - 1)}\n`;
      let written = fill(exchange, chunk);
      expect(writable).not.toHaveBeenCalled();
      raw.socket.resume();
      for (let round = 1; round <= 3; round += 1) {
        await vi.waitFor(() => expect(writable).toHaveBeenCalledTimes(round), { timeout: 5000 });
        raw.socket.pause();
        written += fill(exchange, chunk);
        raw.socket.resume();
      }
      await vi.waitFor(() => expect(writable).toHaveBeenCalledTimes(4), { timeout: 5000 });
      exchange.end();
      const { body } = await raw.answer();
      expect(body.length).toBe(written.length);
      expect(body === written).toBe(true);
      raw.destroy();
    },
  );

  it('arrives whole when it ended before the client read it', async () => {
    const { raw, exchange } = await open({ isRead: false });
    const writable = vi.fn();
    exchange.onWritable(writable);
    let written = fill(exchange, 'é'.repeat(50_000));
    expect(exchange.write('last')).toBe(false);
    written += 'last';
    exchange.end();
    expect(exchange.write('behind the end')).toBe(false);
    raw.socket.resume();
    const { body } = await raw.answer();
    expect(body === written).toBe(true);
    expect(writable).not.toHaveBeenCalled();
    raw.write('GET /nope HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await raw.answer()).status).toBe(404);
    raw.destroy();
  });

  it('arrives whole wherever the writing stops', async () => {
    // As large as one that the library is given whole.
    const chunk = '漢'.repeat(2730);
    const first = await open({ isRead: false });
    const chunks = fill(first.exchange, chunk).length / chunk.length;
    first.raw.destroy();
    for (let stop = chunks - 20; stop <= chunks; stop += 1) {
      const { raw, exchange, listener } = await open({ isRead: false });
      let readBytes = 0;
      raw.socket.removeAllListeners('data').on('data', (data) => {
        readBytes += data.length;
      });
      for (let i = 0; i < stop; i += 1) exchange.write(chunk);
      raw.socket.resume();
      await vi.waitFor(() => expect(readBytes).toBeGreaterThan(stop * 3 * chunk.length), {
        timeout: 5000,
        interval: 2,
      });
      raw.destroy();
      listener.close();
    }
  });

  it.each([20_000, 50_000])(
    'has chunks that are whole wherever the socket fills up, with texts of %d',
    async (size) => {
      // The library's buffer is filled up differently by each of them.
      for (let lead = 1; lead <= 10; lead += 1) {
        const { raw, exchange, listener } = await open({ isRead: false });
        exchange.write('x'.repeat(lead * 1777));
        const written = fill(exchange, 'y'.repeat(size));
        exchange.end();
        raw.socket.resume();
        expect((await raw.answer()).body.length).toBe(lead * 1777 + written.length);
        raw.destroy();
        listener.close();
      }
    },
  );

  it('ends with an abort when the client goes', async () => {
    const { raw, exchange, log } = await open({ isRead: false });
    const aborted = vi.fn();
    exchange.onAborted(aborted);
    fill(exchange, 'x'.repeat(10_000));
    raw.destroy();
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledTimes(1));
    expect(exchange.write('late')).toBe(false);
    exchange.end();
    expect(log.errors).toEqual([]);
  });

  it('is cut when its callback throws', async () => {
    const { raw, exchange, log } = await open({ isRead: false });
    exchange.onWritable(() => {
      throw new Error('a defect');
    });
    fill(exchange, 'x'.repeat(10_000));
    raw.socket.resume();
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
    expect(log.errors).toMatchObject([{ fields: { err: { message: 'a defect' } } }]);
    expect(exchange.isAborted).toBe(true);
  });
});
