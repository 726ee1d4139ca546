/** Every close code a client can meet now, over real sockets, and the closes that come without one. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { defineHandler } from '../../src/index.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';
import { written } from '../support/verbatim.js';

let gateway: Gateway;

const start = async (parts: Record<string, unknown> = {}, handlers: readonly unknown[] = []): Promise<number> => {
  gateway = await startTestGateway([echo, ...handlers], parts);
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

/** Closed with this code, told why in at most 123 bytes, and counted. */
async function expectClosed(client: TestClient, code: number): Promise<void> {
  const closed = await client.untilClosed();
  expect(closed).toEqual({ code, reason: expect.stringMatching(/./) });
  expect(Buffer.byteLength(closed.reason)).toBeLessThanOrEqual(123);
  expect(closed.reason).toBe(closed.reason.toWellFormed());
  await vi.waitFor(() => expect(gateway.counters.closedBy.get(code)).toBeGreaterThanOrEqual(1));
}

describe('4000 ends a socket', () => {
  const good = { op: 'event', type: 'echo', id: 1 };
  const texts: [string, string][] = [
    ['an empty message', ''],
    ['no JSON', 'hello'],
    ['half a frame', '{"op":"event","id":1,"type":"echo"'],
    ['a frame with something behind it', '{"op":"ping"}{"op":"ping"}'],
    ['single quotes', "{'op':'ping'}"],
    ['a byte order mark', '\ufeff{"op":"ping"}'],
    ['NaN, which JSON has not', '{"op":"ping","at":NaN}'],
    ['brackets that never close', '['.repeat(60_000)],
    ['a control character in a string', '{"op":"ping","at":"\n"}'],
  ];
  it.each(texts)('that sends under JSON %s', async (_name, text) => {
    const client = await TestClient.connect(await start());
    client.socket.send(text);
    await expectClosed(client, 4000);
    expect(client.frames).toHaveLength(1);
  });

  const bytes: [string, Uint8Array | number[]][] = [
    ['an empty message', []],
    ['a truncated map', written(good, 'msgpack').subarray(0, -1)],
    ['bytes behind a frame', [...written(good, 'msgpack'), 0xc0]],
    ['two frames that are no array', [...written(good, 'msgpack'), ...written(good, 'msgpack')]],
    ['a byte that is never used', [0xc1]],
    ['a map that promises 2^32 entries', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['an array that promises 2^32 entries', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a string longer than the message', [0x81, 0xa2, 0x6f, 0x70, 0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['bytes longer than the message', [0x81, 0xa2, 0x6f, 0x70, 0xc6, 0x7f, 0xff, 0xff, 0xff]],
    ['an extension longer than the message', [0x81, 0xa2, 0x6f, 0x70, 0xc9, 0xff, 0xff, 0xff, 0xff, 1]],
    ['invalid UTF-8 in a value', [0x81, 0xa2, 0x6f, 0x70, 0xa2, 0xc3, 0x28]],
    ['invalid UTF-8 in a key', [0x82, 0xa2, 0x6f, 0x70, 0xa4, ...Buffer.from('ping'), 0xa1, 0xff, 1]],
    ['a surrogate in UTF-8', [0x81, 0xa2, 0x6f, 0x70, 0xa3, 0xed, 0xa0, 0x80]],
    [
      'invalid UTF-8 far inside of a long string',
      [0x81, 0xa2, 0x6f, 0x70, 0xd9, 200, ...new Array(199).fill(0x61), 0xc3],
    ],
    ['arrays in arrays that never end', new Array(60_000).fill(0x91)],
    ['JSON', Buffer.from('{"op":"ping"}')],
  ];
  it.each(bytes)('that sends under MessagePack %s', async (_name, message) => {
    const client = await TestClient.connect(await start(), { encoding: 'msgpack' });
    client.socket.send(Uint8Array.from(message));
    await expectClosed(client, 4000);
    expect(client.frames).toHaveLength(1);
  });

  it('that sends text under MessagePack, or bytes under JSON', async () => {
    const port = await start();
    const packed = await TestClient.connect(port, { encoding: 'msgpack' });
    packed.socket.send('{"op":"ping"}');
    const json = await TestClient.connect(port);
    json.socket.send(Buffer.from('{"op":"ping"}'));
    for (const client of [packed, json]) await expectClosed(client, 4000);
    expect(gateway.counters.closedBy.get(4000)).toBe(2);
  });

  it('as its very first message too, and what stands behind that message is not handled', async () => {
    const port = await start();
    const client = await TestClient.connect(port, { isSilent: true });
    client.socket.send('no frame');
    client.send({ op: 'event', type: 'echo' });
    await expectClosed(client, 4000);
    expect(gateway.counters.received).toBe(0);
  });

  it('after it has answered what came before', async () => {
    const client = await TestClient.connect(await start());
    for (let id = 0; id < 20; id += 1) client.send({ op: 'ping', at: id });
    client.socket.send('no frame');
    await expectClosed(client, 4000);
    expect(client.frames.filter(({ op }) => op === 'pong')).toHaveLength(20);
  });
});

describe('4013 ends a socket', () => {
  it('at the very refusal for lack of credit that is configured, and not one before', async () => {
    const hold = defineHandler({ type: 'hold', timeoutMs: 500, handle: () => new Promise(() => undefined) });
    const port = await start({ session: { creditRefusalsMax: 5 }, window: { initial: 2, max: 2 } }, [hold]);
    const client = await TestClient.connect(port);
    for (let id = 0; id < 6; id += 1) client.send({ op: 'event', id, type: 'hold' });
    await client.outcome(5);
    client.send({ op: 'ping', at: 1 });
    await client.next(({ op }) => op === 'pong');
    const refused = client.frames.filter(({ reason }) => reason === 'credit');
    expect(refused.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
    client.send({ op: 'event', id: 6, type: 'hold' });
    await expectClosed(client, 4013);
  });
});

describe('4100 ends a socket', () => {
  it('for which there is no credit left, at once, while those that are in go on', async () => {
    const port = await start({ budget: { items: 5, reserve: 1 }, window: { initial: 1, max: 1 } });
    const clients = await Promise.all([1, 2, 3, 4].map(() => TestClient.connect(port)));
    const late = await TestClient.connect(port, { isSilent: true });
    await expectClosed(late, 4100);
    expect(late.frames).toEqual([]);
    for (const client of clients)
      expect(await client.request({ id: 1, type: 'echo', data: 1 })).toMatchObject({ data: 1 });
    await clients[0]?.close();
    const next = await TestClient.connect(port);
    expect(await next.request({ id: 1, type: 'echo', data: 2 })).toMatchObject({ op: 'end', data: 2 });
    for (const client of [...clients, next]) await client.close();
  });
});

describe('4101 ends a socket', () => {
  it('that sends more at once than the gateway takes', async () => {
    const port = await start({ listen: { floodFramesMax: 10, floodBytesMax: 65_536 }, window: { max: 10 } });
    const raw = await RawSocket.webSocket(port, { 'Sec-WebSocket-Protocol': 'sluice.v1.json' });
    const ping = clientFrame(opcodes.text, '{"op":"ping"}');
    raw.write(Buffer.concat(Array.from({ length: 50_000 }, () => ping)));
    const { code, reason } = await raw.closeFrame();
    expect(code).toBe(4101);
    expect(reason.length).toBeGreaterThan(0);
    expect(reason.length).toBeLessThanOrEqual(123);
    raw.destroy();
  });
});

describe('4108 ends a socket', () => {
  const large = defineHandler({ type: 'large', handle: () => 'x'.repeat(1_000_000) });

  it('that does not read its replies, when they pass the bound', async () => {
    const port = await start({}, [large]);
    const client = await TestClient.connect(port);
    client.socket.pause();
    for (let id = 0; id < 60; id += 1) client.send({ op: 'event', id, type: 'large' });
    await vi.waitFor(() => expect(gateway.counters.closedBy.get(4108)).toBe(1), 5000);
    expect(gateway.inUse().sessions).toBe(0);
    client.socket.resume();
    await client.untilClosed();
  });

  it('and no other: one that reads late, within the bound, gets every reply in order', async () => {
    const port = await start({ session: { outboxBytesMax: 64_000_000 } }, [large]);
    const client = await TestClient.connect(port);
    client.socket.pause();
    for (let id = 0; id < 20; id += 1) client.send({ op: 'event', id, type: 'large' });
    await vi.waitFor(() => expect(gateway.counters.succeeded).toBe(20));
    for (let i = 0; i < 5; i += 1) await wait(10);
    client.socket.resume();
    const got = () => client.frames.filter(({ op }) => op === 'end').map(({ id }) => id);
    await vi.waitFor(() => expect(got()).toHaveLength(20), 4000);
    expect(got()).toEqual([...Array(20).keys()]);
    expect(gateway.counters.closedBy.size).toBe(0);
    await client.close();
  });
});

describe('a socket ends without a close frame', () => {
  it('when a message is over the bound that welcome told, and one of exactly that size is taken', async () => {
    const port = await start({ listen: { payloadBytesMax: 1000 } });
    const client = await TestClient.connect(port);
    expect(client.frames[0]).toMatchObject({ op: 'welcome', payloadBytesMax: 1000 });
    const frame = (bytes: number): string => {
      const text = (data: string) => JSON.stringify({ op: 'event', id: 1, type: 'echo', data });
      return text('x'.repeat(bytes - text('').length));
    };
    client.socket.send(frame(1000));
    expect(await client.outcome(1)).toMatchObject({ op: 'end' });
    client.socket.send(frame(1001));
    expect(await client.untilClosed()).toEqual({ code: 1006, reason: '' });
  });

  it.each([
    ['invalid UTF-8 in a text message', clientFrame(opcodes.text, Buffer.from([0x22, 0xc3, 0x28, 0x22]))],
    ['an unknown kind of frame', clientFrame(11, 'x')],
    ['a reserved bit', clientFrame(opcodes.text, '{"op":"ping"}', { reserved: 4 })],
    ['a ping in fragments', clientFrame(opcodes.ping, 'x', { isFinal: false })],
    ['a continuation of nothing', clientFrame(opcodes.continuation, 'x')],
  ])('when its client sends %s, and others go on', async (_name, bytes) => {
    const port = await start();
    const [raw, other] = [await RawSocket.webSocket(port), await TestClient.connect(port)];
    raw.write(bytes);
    await raw.untilClosed().catch(() => undefined);
    expect(raw.isEnded || raw.isClosed).toBe(true);
    raw.destroy();
    expect(await other.request({ id: 1, type: 'echo', data: 1 })).toMatchObject({ data: 1 });
    await vi.waitFor(() => expect(gateway.inUse().sessions).toBe(1));
    await other.close();
  });
});

describe('a client that closes by itself', () => {
  it('is answered, and its session is gone with its credit', async () => {
    const port = await start();
    const client = await TestClient.connect(port);
    client.socket.close(3456, 'enough');
    await client.untilClosed();
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ sessions: 0, credit: 0 }));
    expect(client.socket.readyState).toBe(WebSocket.CLOSED);
  });
});
