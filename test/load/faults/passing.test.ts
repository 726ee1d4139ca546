import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { Faults } from '../../../load/faults/faults.js';
import { laneBufferedBytesMax } from '../../../load/faults/lane.js';
import { seededRandom } from '../../../load/faults/random.js';
import { type End, echo, ProxiedPair } from './proxied-pair.js';

let pair: ProxiedPair | undefined;

afterEach(async () => {
  await pair?.close();
  pair = undefined;
});

async function startPair(faults: Faults, seed = 1, answer?: (end: End) => void): Promise<ProxiedPair> {
  pair = await ProxiedPair.start(faults, seed, answer);
  return pair;
}

function randomBytes(size: number, seed: number): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length: size }, () => Math.floor(random() * 256)));
}

it('passes every byte in order, however it was written, under delays, slices and limits', async () => {
  const shapes: fc.Arbitrary<Faults> = fc.record(
    {
      latencyMs: fc.nat({ max: 4 }),
      jitterMs: fc.nat({ max: 8 }),
      sliceBytes: fc.integer({ min: 1, max: 50 }),
      bandwidthBytesPerSecond: fc.integer({ min: 200_000, max: 2_000_000 }),
      toClient: fc.record(
        { sliceBytes: fc.integer({ min: 1, max: 5000 }), jitterMs: fc.nat({ max: 3 }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const writes = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3000 })), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(shapes, writes, fc.nat({ max: 2 ** 32 - 1 }), async (faults, sizes, seed) => {
      const own = await ProxiedPair.start(faults, seed, echo);
      try {
        const { client } = await own.open();
        const sent: Buffer[] = [];
        for (const [index, size] of sizes.entries()) {
          const bytes = randomBytes(size, seed + index);
          sent.push(bytes);
          client.socket.write(bytes);
          if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        client.socket.end();
        await client.until(() => client.isClosed);
        expect(client.received.equals(Buffer.concat(sent))).toBe(true);
        await vi.waitFor(() => expect(own.proxy.connections).toBe(0));
      } finally {
        await own.close();
      }
    }),
    { seed: 20_261, numRuns: 25 },
  );
});

it('delays both directions by no less than was asked for', async () => {
  const { client } = await (await startPair({ latencyMs: 15, jitterMs: 5 }, 3, echo)).open();
  let longestMs = 0;
  for (let round = 1; round <= 10; round++) {
    const startMs = performance.now();
    client.socket.write('x');
    await client.until(() => client.receivedBytes === round);
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(30);
    longestMs = Math.max(longestMs, tookMs);
  }
  expect(longestMs).toBeLessThan(1000);
});

it('keeps to the bandwidth', async () => {
  const rate = 400_000;
  const { client, server } = await (await startPair({ toServer: { bandwidthBytesPerSecond: rate } })).open();
  const bytes = randomBytes(200_000, 5);
  const startMs = performance.now();
  client.socket.write(bytes);
  await server.until(() => server.receivedBytes === bytes.length);
  const tookMs = performance.now() - startMs;
  expect(server.received.equals(bytes)).toBe(true);
  // 20 ms of it are in the bucket from the start. The upper side has room for a machine that is busy.
  expect(tookMs).toBeGreaterThanOrEqual((bytes.length / rate) * 1000 - 20 - 1);
  expect(tookMs).toBeLessThan((bytes.length / rate) * 1000 * 4);
});

it('lets pieces come one by one, and ends a big transfer all the same', async () => {
  const { client, server } = await (await startPair({ sliceBytes: 1, slicedBytesMax: 5000 })).open();
  client.socket.write('abcdefghij'.repeat(10));
  await server.until(() => server.receivedBytes === 100);
  expect(server.reads.length).toBeGreaterThan(50);
  const bytes = randomBytes(3_000_000, 6);
  client.socket.end(bytes);
  await server.until(() => server.isEnded);
  expect(server.received.subarray(100).equals(bytes)).toBe(true);
});

it('passes back-pressure on: of 50 MB for a reader that does not read, it holds no more than its bound', async () => {
  const { proxy } = await startPair({ jitterMs: 1 });
  const { client, server } = await (pair as ProxiedPair).open();
  server.socket.pause();
  const block = randomBytes(1_000_000, 8);
  const hash = createHash('sha256');
  for (let sent = 0; sent < 50; sent++) {
    client.socket.write(block);
    hash.update(block);
  }
  let last = -1;
  // Until nothing moves between two looks while the sender still holds most.
  await vi.waitFor(
    () => {
      const before = last;
      last = client.socket.writableLength;
      expect(proxy.bufferedBytes).toBeGreaterThan(128 * 1024);
      expect(last).toBe(before);
    },
    { timeout: 10_000, interval: 50 },
  );
  expect(client.socket.writableLength).toBeGreaterThan(10_000_000);
  expect(proxy.bufferedBytesPeak).toBeLessThanOrEqual(laneBufferedBytesMax);

  const got = createHash('sha256');
  server.socket.on('data', (bytes: Buffer) => {
    got.update(bytes);
    server.reads.length = 0;
  });
  server.socket.resume();
  await server.until(() => server.receivedBytes === 50_000_000);
  expect(got.digest('hex')).toBe(hash.digest('hex'));
  expect(proxy.bufferedBytesPeak).toBeLessThanOrEqual(laneBufferedBytesMax);
});

it('leaves no handle open when it is closed, with connections in every state', async () => {
  const script = fileURLToPath(new URL('closing-process.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], { timeout: 15_000 });
  expect(JSON.parse(stdout)).toEqual({ connectionsBefore: 5, connectionsAfter: 0 });
});

it('takes later connections to another port, and leaves those that are open where they are', async () => {
  const first = await startPair({}, 1, echo);
  const other = await ProxiedPair.start({}, 1, ({ socket }) => socket.end('elsewhere'));
  try {
    const { client } = await first.open();
    first.proxy.setTargetPort(other.proxy.port);
    const later = first.dial();
    await later.until(() => later.isEnded);
    expect(String(later.received)).toBe('elsewhere');
    client.socket.write('still here');
    await client.until(() => client.receivedBytes === 10);
    expect(String(client.received)).toBe('still here');
  } finally {
    await other.close();
  }
});
