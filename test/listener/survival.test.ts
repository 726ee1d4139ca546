import { fork } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientFrame, opcodes, RawSocket, upgradeRequest } from '../support/raw-socket.js';
import { Flooded } from './flooded.js';

const crlf = '\r\n';

/** Still there, for sockets and for HTTP, without a defect on the way. */
async function expectAlive(flooded: Flooded): Promise<void> {
  const raw = await RawSocket.webSocket(flooded.port);
  raw.write(clientFrame(opcodes.text, 'hello'));
  expect((await raw.frame()).payload.toString()).toBe('k');
  raw.destroy();
  const http = await RawSocket.connect(flooded.port);
  http.write(`POST /test HTTP/1.1${crlf}Host: a${crlf}Content-Length: 5${crlf}${crlf}hello`);
  expect(await http.answer()).toMatchObject({ status: 200, body: '5' });
  http.destroy();
  expect((await flooded.report()).errors).toEqual([]);
}

/** Writes, waits a moment for whatever comes of it, and drops the connection. */
async function throwAt(
  flooded: Flooded,
  isUpgraded: boolean,
  ...parts: readonly (string | Uint8Array)[]
): Promise<void> {
  const raw = isUpgraded ? await RawSocket.webSocket(flooded.port) : await RawSocket.connect(flooded.port);
  for (const part of parts) {
    raw.write(part);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  raw.destroy();
}

describe('the process lives on', () => {
  const requests: [string, ...(string | Uint8Array)[]][] = [
    ['nothing', ''],
    ['blank lines', crlf.repeat(1000)],
    ['a null byte', '\0'],
    ['half a request line', 'GET /te'],
    ['half a request', `GET /test HTTP/1.1${crlf}Host`],
    ['another protocol', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])],
    ['a proxy header', Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f00000100010002', 'hex')],
    ['a proxy header that announces more than comes', Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex')],
    ['an old version', `GET /test HTTP/1.0${crlf}${crlf}`],
    ['an absolute target', `GET http://a/test HTTP/1.1${crlf}Host: a${crlf}${crlf}`],
    ['no host', `GET /test HTTP/1.1${crlf}${crlf}`],
    ['a folded header', `GET /test HTTP/1.1${crlf}Host: a${crlf} b${crlf}${crlf}`],
    ['a header without a name', `GET /test HTTP/1.1${crlf}Host: a${crlf}: b${crlf}${crlf}`],
    ['bytes that are no text in headers', `GET /\x80\xff HTTP/1.1${crlf}Host: \xc3\x28${crlf}${crlf}`],
    ['a header of 100 KB', `GET /test HTTP/1.1${crlf}Host: a${crlf}X: ${'x'.repeat(100_000)}${crlf}${crlf}`],
    ['a thousand headers', `GET /test HTTP/1.1${crlf}${`A: b${crlf}`.repeat(1000)}${crlf}`],
    ['a target of 100 KB', `GET /${'x'.repeat(100_000)} HTTP/1.1${crlf}Host: a${crlf}${crlf}`],
    ['a broken escape in the target', `GET /%zz?%zz=%&&==#%00 HTTP/1.1${crlf}Host: a${crlf}${crlf}`],
    ['a body that never comes', `POST /test HTTP/1.1${crlf}Host: a${crlf}Content-Length: 10${crlf}${crlf}`],
    [
      'a chunk of an absurd size',
      `POST /test HTTP/1.1${crlf}Host: a${crlf}Transfer-Encoding: chunked${crlf}${crlf}ffffffffffffffff${crlf}x`,
    ],
    [
      'chunk after chunk of a byte',
      `POST /test HTTP/1.1${crlf}Host: a${crlf}Transfer-Encoding: chunked${crlf}${crlf}${`1${crlf}x${crlf}`.repeat(20_000)}`,
    ],
    ['a request byte by byte', ...`GET /test HTTP/1.1${crlf}Host: a${crlf}${crlf}`],
    ['half an upgrade', upgradeRequest().slice(0, -10)],
    ['two upgrades at once', upgradeRequest() + upgradeRequest()],
    [
      'an upgrade behind a request that waits for its body',
      `POST /test HTTP/1.1${crlf}Host: a${crlf}Content-Length: 1000${crlf}${crlf}${upgradeRequest()}`,
    ],
  ];
  const frames: [string, ...Uint8Array[]][] = [
    ['frames without a mask', clientFrame(opcodes.text, 'unmasked', { isMasked: false })],
    ['a frame of the largest length', Buffer.from([0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0])],
    ['a frame cut in its head', Buffer.from([0x82, 0xff, 0, 0])],
    ['a frame cut in its payload', clientFrame(opcodes.text, 'x'.repeat(1000)).subarray(0, 500)],
    ['every opcode', ...Array.from({ length: 16 }, (_, opcode) => clientFrame(opcode, 'a'))],
    ['every reserved bit', ...Array.from({ length: 8 }, (_, reserved) => clientFrame(opcodes.text, 'a', { reserved }))],
    ['text that is not UTF-8', clientFrame(opcodes.text, Buffer.of(0xed, 0xa0, 0x80))],
    ['a message begun twice', clientFrame(opcodes.text, 'a', { isFinal: false }), clientFrame(opcodes.text, 'b')],
    [
      'fragments that are too much together',
      ...Array.from({ length: 10 }, (_, i) => clientFrame(i === 0 ? 2 : 0, 'x'.repeat(10_000), { isFinal: false })),
    ],
    [
      'empty fragments without end',
      Buffer.concat(Array.from({ length: 50_000 }, (_, i) => clientFrame(i === 0 ? 2 : 0, '', { isFinal: false }))),
    ],
    ['a close of one byte', clientFrame(opcodes.close, 'x')],
    ['a close with a forbidden code', clientFrame(opcodes.close, Buffer.from([0x03, 0xed]))],
    ['a close whose reason is not UTF-8', clientFrame(opcodes.close, Buffer.from([0x03, 0xe8, 0xff]))],
    [
      'a close, and then more',
      clientFrame(opcodes.close, ''),
      clientFrame(opcodes.text, 'a'),
      clientFrame(opcodes.close, ''),
    ],
    ['HTTP on a socket', Buffer.from(upgradeRequest())],
  ];

  it('after requests no client should send', async () => {
    const flooded = await Flooded.start();
    for (const [, ...parts] of requests) await throwAt(flooded, false, ...parts);
    await expectAlive(flooded);
  });

  it('after frames no client should send', async () => {
    const flooded = await Flooded.start();
    for (const [, ...parts] of frames) await throwAt(flooded, true, ...parts);
    await expectAlive(flooded);
  });

  it('after noise, and after good requests with noise in them', async () => {
    const flooded = await Flooded.start();
    const good = [
      Buffer.from(upgradeRequest()),
      Buffer.from(`POST /test HTTP/1.1${crlf}Host: a${crlf}Content-Length: 5${crlf}${crlf}hello`),
      Buffer.from(
        `POST /test HTTP/1.1${crlf}Host: a${crlf}Transfer-Encoding: chunked${crlf}${crlf}5${crlf}hello${crlf}0${crlf}${crlf}`,
      ),
      Buffer.concat([clientFrame(opcodes.text, 'x'.repeat(200)), clientFrame(opcodes.ping, 'p')]),
    ];
    const noisy = fc
      .tuple(
        fc.constantFrom(...good),
        fc.array(fc.tuple(fc.nat({ max: 300 }), fc.uint8Array({ maxLength: 8 })), { maxLength: 4 }),
      )
      .map(([bytes, edits]) => {
        const edited = Buffer.from(bytes);
        for (const [at, noise] of edits)
          edited.set(noise.subarray(0, Math.max(0, edited.length - at)), Math.min(at, edited.length));
        return edited;
      });
    const input = fc.oneof(fc.uint8Array({ maxLength: 2000 }), noisy);
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(input, { minLength: 1, maxLength: 3 }), async (isUpgraded, parts) => {
        await throwAt(flooded, isUpgraded, ...parts);
        expect(flooded.isAlive).toBe(true);
      }),
      { numRuns: 300 },
    );
    await expectAlive(flooded);
  });

  it.each([1, 2, 3, 4, 5, 6])('whatever handlers do inside of each other, seed %d', async (seed) => {
    const child = fork(new URL('./chaos-process.ts', import.meta.url), [String(seed)], {
      execArgv: ['--import', 'tsx'],
    });
    onTestFinished(() => void child.kill());
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
