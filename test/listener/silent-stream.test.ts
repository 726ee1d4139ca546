import { expect, it, vi } from 'vitest';
import type { HttpExchange } from '../../src/model/transport.js';
import { RawSocket } from '../support/raw-socket.js';
import { startListener, testRoute } from './start-listener.js';

it('a stream that was blocked once stays open while it is silent for longer than a connection may idle', async () => {
  const given: HttpExchange[] = [];
  const route = testRoute({
    handle(_request, exchange) {
      given.push(exchange);
      exchange.start(200, {});
    },
  });
  const { port } = await startListener({ routes: [route] });
  const raw = await RawSocket.connect(port);
  raw.socket.pause();
  raw.write('POST /test HTTP/1.1\r\nHost: a\r\n\r\n');
  await vi.waitFor(() => expect(given).toHaveLength(1));
  const exchange = given[0] as HttpExchange;
  const writable = vi.fn();
  exchange.onWritable(writable);
  const chunk = 'x'.repeat(10_000);
  let chunks = 1;
  while (exchange.write(chunk)) chunks += 1;
  raw.socket.resume();
  await vi.waitFor(() => expect(writable).toHaveBeenCalled(), { timeout: 5000 });

  // The library closes a connection 10 to 14 s after its last byte has left, unless it is kept from it.
  const startedAtMs = performance.now();
  await vi.waitFor(() => expect(performance.now() - startedAtMs > 15_000 || exchange.isAborted).toBe(true), {
    timeout: 20_000,
    interval: 100,
  });
  expect(exchange.isAborted).toBe(false);
  exchange.write('still here');
  exchange.end();
  const { body } = await raw.answer();
  expect(body === `${chunk.repeat(chunks)}still here`).toBe(true);
  raw.destroy();
}, 30_000);
