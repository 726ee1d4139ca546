import { describe, expect, it, vi } from 'vitest';
import { clientFrame, opcodes, RawSocket } from '../support/raw-socket.js';
import { Flooded } from './flooded.js';
import type { FloodedReport } from './flooded-process.js';

/** Milliseconds no timer may have to wait because of one client. */
const gapMsMax = 50;

/** The same bytes again and again, by default a few megabytes of them. */
function repeated(bytes: Uint8Array, times = Math.ceil(4_000_000 / bytes.length)): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => bytes));
}

/** Pours until the server has had enough. @returns what the server says about it */
async function flood(flooded: Flooded, raw: RawSocket, block: Buffer): Promise<FloodedReport> {
  for (let sentBytes = 0; sentBytes < 2e9 && !raw.isEnded && !raw.isClosed; sentBytes += block.length) {
    await raw.pour(block);
  }
  return flooded.report();
}

const request = (method: string, path: string, headers: string): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;

describe('a socket that floods', () => {
  const floods: [string, Buffer][] = [
    ['small messages', clientFrame(opcodes.text, 'x'.repeat(100))],
    ['empty messages', clientFrame(opcodes.text, '')],
    ['messages of 64 KB', clientFrame(opcodes.binary, Buffer.alloc(65_536))],
    ['pings', clientFrame(opcodes.ping, '')],
    ['pongs', clientFrame(opcodes.pong, 'x'.repeat(125))],
  ];
  it.each(floods)('with %s is closed with 4101, and no timer waits long', { retry: 2 }, async (_title, frame) => {
    const flooded = await Flooded.start();
    const raw = await RawSocket.webSocket(flooded.port);
    const report = await flood(flooded, raw, repeated(frame));
    await vi.waitFor(async () => expect((await flooded.report()).closeCodes).toEqual([4101]));
    expect(report.largestGapMs).toBeLessThan(gapMsMax);
    expect(report.errors).toEqual([]);
    raw.destroy();
  });

  it('with messages that take long is closed too, and no timer waits long', { retry: 2 }, async () => {
    // What JSON made of many small values costs.
    const flooded = await Flooded.start({ kibMicroseconds: 15 });
    const raw = await RawSocket.webSocket(flooded.port);
    const report = await flood(flooded, raw, repeated(clientFrame(opcodes.binary, Buffer.alloc(65_536))));
    await vi.waitFor(async () => expect((await flooded.report()).closeCodes).toEqual([4101]));
    expect(report.largestGapMs).toBeLessThan(gapMsMax);
    raw.destroy();
  });

  it('goes on to be ignored when it sends after its close', { retry: 2 }, async () => {
    const flooded = await Flooded.start();
    const raw = await RawSocket.webSocket(flooded.port);
    const block = repeated(clientFrame(opcodes.text, 'x'.repeat(100)));
    await flood(flooded, raw, block);
    const { handled } = await flooded.report();
    for (let i = 0; i < 100 && !raw.isClosed; i += 1) await raw.pour(block);
    const report = await flooded.report();
    expect(report.handled).toBe(handled);
    expect(report.largestGapMs).toBeLessThan(gapMsMax);
    raw.destroy();
  });

  it('does not keep others from being served', async () => {
    const flooded = await Flooded.start();
    const other = await RawSocket.webSocket(flooded.port);
    const raw = await RawSocket.webSocket(flooded.port);
    await flood(flooded, raw, repeated(clientFrame(opcodes.ping, '')));
    other.write(clientFrame(opcodes.text, 'still here?'));
    expect((await other.frame()).payload.toString()).toBe('k');
    for (const each of [raw, other]) each.destroy();
  });
});

describe('a client that keeps to its credit', () => {
  it.each([
    [1024, 1000],
    [100, 65_000],
  ])('of %d events of %d bytes, all sent while the event loop stood still, is served', async (count, size) => {
    const flooded = await Flooded.start();
    const raw = await RawSocket.webSocket(flooded.port);
    raw.write(clientFrame(opcodes.text, '200'));
    raw.write(repeated(clientFrame(opcodes.binary, Buffer.alloc(size)), count));
    await raw.until(() => (raw.received.length === 3 * (count + 1) ? true : undefined));
    expect(await flooded.report()).toMatchObject({ handled: count + 1, closeCodes: [] });
    raw.destroy();
  });

  it.each([
    [1024, 100],
    [1024, 1000],
    [1024, 4000],
    [64, 65_000],
  ])(
    'of %d events of %d bytes is served as fast as it can, and no timer waits long',
    { retry: 2 },
    async (window, size) => {
      const flooded = await Flooded.start({ handlingMicroseconds: 1 });
      const raw = await RawSocket.webSocket(flooded.port);
      const event = clientFrame(opcodes.binary, Buffer.alloc(size));
      const blocks = new Map<number, Buffer>();
      let answers = 0;
      let leftBytes = 0;
      raw.socket.removeAllListeners('data');
      raw.socket.on('data', (data) => {
        // Each answer is a frame of three bytes.
        const count = Math.floor((leftBytes + data.length) / 3);
        leftBytes = (leftBytes + data.length) % 3;
        answers += count;
        const block = blocks.get(count) ?? repeated(event, count);
        blocks.set(count, block);
        raw.write(block);
      });
      await flooded.report();
      raw.write(repeated(event, window));
      await vi.waitFor(() => expect(answers).toBeGreaterThan(window * 100), { timeout: 10_000 });
      const report = await flooded.report();
      expect(report).toMatchObject({ closeCodes: [], errors: [] });
      expect(report.largestGapMs).toBeLessThan(gapMsMax);
      raw.destroy();
    },
  );
});

describe('a connection that pipelines requests without end', () => {
  const floods: [string, string][] = [
    ['answered at once', `${request('POST', '/test', 'Content-Length: 2\r\n')}hi`],
    ['with large bodies', request('POST', '/test', 'Content-Length: 60000\r\n') + 'x'.repeat(60_000)],
    ['with bodies too large', request('POST', '/test', 'Content-Length: 100000\r\n') + 'x'.repeat(100_000)],
    [
      'with bodies too large that are read to their end',
      request('POST', '/test', 'Content-Length: 1000000\r\n') + 'x'.repeat(1_000_000),
    ],
    ['with bodies far too large', request('POST', '/test', 'Content-Length: 8000000\r\n') + 'x'.repeat(8_000_000)],
    ['for nothing', request('GET', '/nope', '')],
    ['for a socket it does not get', request('GET', '/v1/socket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n')],
  ];
  it.each(floods)('%s is cut, and no timer waits long', { retry: 2 }, async (_title, bytes) => {
    const flooded = await Flooded.start();
    const raw = await RawSocket.connect(flooded.port);
    raw.socket.removeAllListeners('data').resume();
    const report = await flood(flooded, raw, repeated(Buffer.from(bytes)));
    expect(report.largestGapMs).toBeLessThan(gapMsMax);
    expect(report.errors).toEqual([]);
    await raw.until(() => raw.isEnded || raw.isClosed || undefined);
  });

  it('and does not read the answers is cut before they fill memory', async () => {
    const flooded = await Flooded.start({ handlingMicroseconds: 0, floodFramesMax: 1_000_000, turnFramesMax: 250_000 });
    const raw = await RawSocket.connect(flooded.port);
    raw.socket.pause();
    const { rssBytes } = await flooded.report();
    const block = Buffer.from(request('POST', '/test', 'Content-Length: 0\r\n').repeat(100));
    for (let i = 0; i < 5000 && !raw.socket.destroyed; i += 1) {
      raw.write(block);
      // One block at a time, so that it is no flood.
      await flooded.report();
    }
    raw.socket.resume();
    await raw.untilClosed();
    const after = await flooded.report();
    expect(after.handled).toBeLessThan(200_000);
    expect(after.rssBytes - rssBytes).toBeLessThan(60_000_000);
  });
});

describe('many connections with a request each', () => {
  it('are all answered, though they come within one turn and beyond its bound', async () => {
    const flooded = await Flooded.start({ floodFramesMax: 40, turnFramesMax: 10 });
    const all = await Promise.all(Array.from({ length: 100 }, () => RawSocket.connect(flooded.port)));
    const socket = await RawSocket.webSocket(flooded.port);
    socket.write(clientFrame(opcodes.text, '100'));
    for (const raw of all) raw.write(`${request('POST', '/test', 'Content-Length: 5\r\n')}hello`);
    for (const raw of all) expect(await raw.answer()).toMatchObject({ status: 200, body: '5' });
    expect(await flooded.report()).toMatchObject({ handled: 101, errors: [] });
    for (const raw of [...all, socket]) raw.destroy();
  });
});
