/** Liveness over real sockets: who answers pings stays, however little it says; who does not is closed with 4201. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { echo } from '../../src/demo/basics.js';
import type { Gateway } from '../../src/gateway.js';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { TestClient } from '../support/test-client.js';
import { expectConservation, startTestGateway } from '../support/test-gateway.js';

let gateway: Gateway;

const start = async (keepAliveMs: number): Promise<number> => {
  gateway = await startTestGateway([echo], { listen: { keepAliveMs } });
  return gateway.port;
};

afterEach(() => expectConservation(gateway).finally(() => gateway.close()));

const webSocket = (port: number): Promise<RawSocket> =>
  RawSocket.webSocket(port, { 'Sec-WebSocket-Protocol': 'sluice.v1.json' });

/** Reads frames until the close, answering pings for as long as the test says. */
async function untilClosed(
  raw: RawSocket,
  answer: (ping: Buffer, count: number) => Uint8Array | undefined,
): Promise<{ readonly pings: number; readonly code: number }> {
  for (let pings = 0; ; ) {
    const { opcode, payload } = await raw.frame();
    if (opcode === opcodes.close) return { pings, code: payload.readUInt16BE(0) };
    if (opcode !== opcodes.ping) continue;
    pings += 1;
    const bytes = answer(payload, pings);
    if (bytes !== undefined) raw.write(bytes);
  }
}

describe('a client that says nothing', () => {
  it('and answers no ping is asked first, then closed with 4201 in about the keep-alive', async () => {
    const port = await start(400);
    const raw = await webSocket(port);
    const startedAtMs = performance.now();
    const { pings, code } = await untilClosed(raw, () => undefined);
    const tookMs = performance.now() - startedAtMs;
    expect([code, pings]).toEqual([4201, 1]);
    expect(tookMs).toBeGreaterThan(300);
    expect(tookMs).toBeLessThan(2500);
    raw.destroy();
  });

  it('and answers pings as every library does by itself stays, though its keep-alive is short', async () => {
    const port = await start(300);
    const clients = await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) => {
        await wait(n * 19);
        return TestClient.connect(port, { isSilent: n % 2 === 0 });
      }),
    );
    const silent = await webSocket(port);
    // A client that answers no ping shows that several keep-alives have passed.
    for (let round = 0; round < 3; round += 1) {
      const raw = round === 0 ? silent : await webSocket(port);
      expect(await untilClosed(raw, () => undefined)).toMatchObject({ code: 4201 });
      raw.destroy();
    }
    for (const client of clients) {
      expect(client.closed).toBeUndefined();
      expect(await client.request({ id: 1, type: 'echo', data: 'still here' })).toMatchObject({ data: 'still here' });
      await client.close();
    }
  });

  it('but anything at all when it is asked stays for as long as it does', async () => {
    const port = await start(200);
    const signs = [
      clientFrame(opcodes.pong, ''),
      clientFrame(opcodes.ping, ''),
      clientFrame(opcodes.text, '{"op":"pong"}'),
      clientFrame(opcodes.text, '{"op":"dance"}'),
    ];
    const startedAtMs = performance.now();
    const ends = signs.map(async (sign) => {
      const raw = await webSocket(port);
      const end = await untilClosed(raw, (_ping, count) => (count <= 4 ? sign : undefined));
      raw.destroy();
      return { ...end, tookMs: performance.now() - startedAtMs };
    });
    for (const { code, pings, tookMs } of await Promise.all(ends)) {
      expect([code, pings]).toEqual([4201, 5]);
      expect(tookMs).toBeGreaterThan(400);
    }
  });

  it('is told the keep-alive by welcome', async () => {
    const client = await TestClient.connect(await start(12_345));
    expect(client.frames[0]).toMatchObject({ op: 'welcome', keepAliveMs: 12_345 });
    await client.close();
  });
});
