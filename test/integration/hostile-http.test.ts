/** Requests that are wrong: each is answered by its status, none reaches a handler, and the port goes on. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { type HttpAnswer, post, postBody } from '../support/http-post.js';
import { httpRequest, RawSocket } from '../support/raw-socket.js';
import { SseClient } from '../support/sse-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

const payloadBytesMax = 2048;

let gateway: Gateway;

const replyBytesMax = 3000;
/** What no answer can hold. */
const results: Readonly<Record<string, unknown>> = {
  cycle: [],
  bigint: 2n ** 70n,
  symbol: Symbol('s'),
  function: () => undefined,
  large: 'x'.repeat(replyBytesMax),
  throwing: {
    get a(): never {
      throw new Error('not to be read');
    },
  },
};
(results.cycle as unknown[]).push(results.cycle);
const odd = defineHandler<string>({ type: 'odd', handle: ({ data }) => results[data] });
const oddItems = defineHandler<string>({
  type: 'odd.items',
  async *handle({ data }) {
    yield 1;
    yield results[data];
  },
});

beforeAll(async () => {
  const parts = { listen: { payloadBytesMax }, reply: { bytesMax: replyBytesMax } };
  gateway = await startTestGateway([echo, odd, oddItems], parts);
});

afterEach(async () => {
  expect(await post(gateway.port, { type: 'echo', data: 'after' })).toMatchObject({ status: 200, body: 'after' });
  await expectConservation(gateway);
});

afterAll(() => gateway.close());

const json = { 'content-type': 'application/json' };
const msgpack = { 'content-type': 'application/msgpack' };

const invalid = { code: 'invalid_argument', message: expect.any(String), retry: 'no', started: 'no' };

describe('a body that is no event', () => {
  const bodies: [string, string | number[]][] = [
    ['nothing', ''],
    ['no JSON', '{"type":"echo"'],
    ['JSON with something behind it', '{"type":"echo"} x'],
    ['JSON with a byte order mark', '\ufeff{"type":"echo"}'],
    ['a text', '"echo"'],
    ['a number', '5'],
    ['null', 'null'],
    ['an array', '[]'],
    ['an array of events', '[{"type":"echo"}]'],
    ['invalid UTF-8', [...Buffer.from('{"type":"echo","data":"'), 0xff, 0xc3, ...Buffer.from('"}')]],
    ['a lone surrogate in UTF-8', [...Buffer.from('{"type":"echo","data":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]],
    ['UTF-16', [...Buffer.from('{"type":"echo"}', 'utf16le')]],
  ];
  it.each(bodies)('in JSON is answered with 400: %s', async (_name, body) => {
    const bytes = typeof body === 'string' ? body : Uint8Array.from(body);
    expect(await postBody(gateway.port, bytes, json)).toMatchObject({ status: 400, body: invalid });
  });

  const packed: [string, number[]][] = [
    ['nothing', []],
    ['truncated', [0x81, 0xa4, 0x74, 0x79]],
    ['followed by more', [0x80, 0x80]],
    ['a byte that is never used', [0xc1]],
    ['an array', [0x91, 0x80]],
    ['a text', [0xa4, 0x65, 0x63, 0x68, 0x6f]],
    ['nil', [0xc0]],
    ['a length that lies', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['invalid UTF-8', [0x81, 0xa4, 0x74, 0x79, 0x70, 0x65, 0xa2, 0xc3, 0x28]],
    ['JSON', [...Buffer.from('{"type":"echo"}')]],
  ];
  it.each(packed)('in MessagePack is answered with 400: %s', async (_name, body) => {
    const answer = await postBody(gateway.port, Uint8Array.from(body), msgpack);
    expect(answer).toMatchObject({ status: 400, body: invalid });
    expect(answer.headers.get('content-type')).toBe('application/msgpack');
  });
});

describe('the content type', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
  ])('may be written as %s', async (type) => {
    const answer = await postBody(gateway.port, '{"type":"echo","data":1}', { 'content-type': type });
    expect(answer).toMatchObject({ status: 200, body: 1 });
  });

  it.each(['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', 'multipart/form-data', 'json', ' '])(
    'is answered with 415 when it is %j',
    async (type) => {
      const before = gateway.counters.received;
      const answer = await postBody(gateway.port, '{"type":"echo"}', { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(gateway.counters.received).toBe(before);
    },
  );

  it('is answered with 415 when there is none', async () => {
    const raw = await RawSocket.connect(gateway.port);
    raw.write(httpRequest('POST', '/v1/events', '', '{"type":"echo"}'));
    expect((await raw.answer()).status).toBe(415);
    raw.destroy();
  });
});

describe('a path or method that is not served', () => {
  it.each(['/', '/v1', '/v1/event', '/v1/events/', '/v1/events/x', '/V1/EVENTS', '/..', '//v1/events'])(
    'is answered with 404: %s',
    async (path) => {
      const raw = await RawSocket.connect(gateway.port);
      raw.write(httpRequest('POST', path, 'Content-Type: application/json\r\n', '{"type":"echo"}'));
      expect((await raw.answer()).status).toBe(404);
      raw.destroy();
    },
  );

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'is answered with 405 and what is allowed: %s',
    async (method) => {
      const response = await fetch(`${gateway.url}/v1/events`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      await response.arrayBuffer();
    },
  );
});

describe('a result that no answer can hold', () => {
  it.each(Object.keys(results))('is answered with 500 in both encodings, without the reason: %s', async (data) => {
    for (const encoding of ['json', 'msgpack'] as const) {
      const { status, body } = await post(gateway.port, { type: 'odd', data }, { encoding });
      expect([status, body]).toMatchObject([500, { code: 'internal', retry: 'no', started: 'maybe' }]);
      expect(JSON.stringify(body)).not.toContain('not to be read');
    }
  });

  it.each(Object.keys(results))('ends a stream of server-sent events with an error: %s', async (data) => {
    const client = await SseClient.open(gateway.port, { id: 1, type: 'odd.items', data });
    await client.ended();
    expect(client.events.map(({ event }) => event)).toEqual(['item', 'error']);
    expect(client.events[1]?.data).toMatchObject({ op: 'error', id: 1, code: 'internal', started: 'maybe' });
  });
});

describe('a body that is too large', () => {
  const body = (bytes: number): string => {
    const empty = JSON.stringify({ type: 'echo', data: '' });
    return JSON.stringify({ type: 'echo', data: 'x'.repeat(bytes - empty.length) });
  };

  it('by one byte is answered with 413, and one of exactly the bound is taken', async () => {
    expect((await postBody(gateway.port, body(payloadBytesMax), json)).status).toBe(200);
    const answer: HttpAnswer = await postBody(gateway.port, body(payloadBytesMax + 1), json);
    expect(answer).toMatchObject({ status: 413, body: { code: 'invalid_argument', started: 'no', retry: 'no' } });
  });

  it('is answered while it still arrives, when its length says so', async () => {
    const raw = await RawSocket.connect(gateway.port);
    raw.write(httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\nContent-Length: 1000000000\r\n'));
    expect((await raw.answer()).status).toBe(413);
    raw.destroy();
  });

  it('is answered while it still arrives, when it comes in chunks without an end', async () => {
    const raw = await RawSocket.connect(gateway.port);
    raw.write(httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'));
    const chunk = `400\r\n${' '.repeat(1024)}\r\n`;
    raw.write(chunk);
    raw.write(chunk);
    expect(raw.received.length).toBe(0);
    raw.write(chunk);
    expect((await raw.answer()).status).toBe(413);
    raw.destroy();
  });

  it('is read in chunks as far as it fits', async () => {
    const raw = await RawSocket.connect(gateway.port);
    raw.write(httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'));
    for (const part of ['{"type":"echo",', '"data":"in ', 'parts"}']) {
      raw.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    raw.write('0\r\n\r\n');
    expect(await raw.answer()).toMatchObject({ status: 200, body: '"in parts"' });
    raw.destroy();
  });
});

describe('a length that lies', () => {
  it('and promises more than comes before the client goes: no handler is called', async () => {
    const before = { ...gateway.counters };
    const raw = await RawSocket.connect(gateway.port);
    raw.write(
      httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\nContent-Length: 500\r\n', '{"type":"echo"}'),
    );
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(raw.received.length).toBe(0);
    raw.destroy();
    await raw.untilClosed();
    expect(gateway.counters).toMatchObject({ received: before.received, accepted: before.accepted });
  });

  it('and promises less than comes: the rest is no request', async () => {
    const raw = await RawSocket.connect(gateway.port);
    raw.write(
      httpRequest('POST', '/v1/events', 'Content-Type: application/json\r\nContent-Length: 8\r\n', '{"type":"echo"}'),
    );
    const { status } = await raw.answer();
    expect(status).toBe(400);
    raw.destroy();
  });
});
