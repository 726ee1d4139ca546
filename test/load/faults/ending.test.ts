import { afterEach, describe, expect, it, vi } from 'vitest';
import { cutAfterBytes } from '../../../load/faults/draws.js';
import { type FaultLogEntry, logEntriesMax } from '../../../load/faults/fault-log.js';
import { startFaultProxy } from '../../../load/faults/fault-proxy.js';
import { type Faults, resolveFaults } from '../../../load/faults/faults.js';
import { type End, echo, ProxiedPair } from './proxied-pair.js';

let pair: ProxiedPair;

afterEach(() => pair.close());

async function startPair(faults: Faults, seed = 1, answer?: (end: End) => void): Promise<ProxiedPair> {
  pair = await ProxiedPair.start(faults, seed, answer);
  return pair;
}

/** What ended something; the rest of the log is about how it began. */
function ends(log: readonly FaultLogEntry[]): Omit<FaultLogEntry, 'detail'>[] {
  return log.filter(({ fault }) => fault !== 'shape');
}

describe('a reset', () => {
  it.each([1, 777, 5000])('comes to both sides after exactly %i bytes', async (bytes) => {
    const { client, server } = await (await startPair({ toServer: { resetAfterBytes: bytes } })).open();
    client.socket.write(Buffer.alloc(bytes + 300, 'x'));
    await server.until(() => server.isClosed);
    await client.until(() => client.isClosed);
    expect(server.receivedBytes).toBe(bytes);
    expect(server.errorCode).toBe('ECONNRESET');
    expect(client.errorCode).toBe('ECONNRESET');
    expect(ends(pair.proxy.log)).toEqual([{ connection: 1, direction: 'toServer', offset: bytes, fault: 'reset' }]);
    await vi.waitFor(() => expect(pair.proxy.connections).toBe(0));
  });

  it('comes after what was delayed, cut up and held back has come', async () => {
    await startPair({ toClient: { resetAfterBytes: 100, latencyMs: 5, sliceBytes: 7, bandwidthBytesPerSecond: 5000 } });
    const { client, server } = await pair.open();
    server.socket.write(Buffer.alloc(5000, 'y'));
    await client.until(() => client.isClosed);
    expect(client.receivedBytes).toBe(100);
    expect(client.errorCode).toBe('ECONNRESET');
  });

  it('of one side is passed on to the other', async () => {
    const { client, server } = await (await startPair({})).open();
    client.socket.write('x');
    await server.until(() => server.receivedBytes === 1);
    client.socket.resetAndDestroy();
    await server.until(() => server.isClosed);
    expect(server.errorCode).toBe('ECONNRESET');
    expect(ends(pair.proxy.log)).toEqual([{ connection: 1, direction: 'toServer', offset: 1, fault: 'lost' }]);
  });
});

describe('a half-close', () => {
  it('ends one direction after exactly so many bytes, and the other goes on', async () => {
    const { client, server } = await (await startPair({ toServer: { halfCloseAfterBytes: 2000 } })).open();
    client.socket.write(Buffer.alloc(9000, 'x'));
    await server.until(() => server.isEnded);
    expect(server.receivedBytes).toBe(2000);
    client.socket.write('what comes now is dropped');
    server.socket.write('still heard');
    await client.until(() => client.receivedBytes === 11);
    expect([client.isEnded, client.isClosed, server.isClosed]).toEqual([false, false, false]);
    server.socket.end();
    await client.until(() => client.isEnded);
    client.socket.end();
    await vi.waitFor(() => expect(pair.proxy.connections).toBe(0));
    expect([client.errorCode, server.errorCode]).toEqual([undefined, undefined]);
    expect(ends(pair.proxy.log)).toEqual([
      { connection: 1, direction: 'toServer', offset: 2000, fault: 'halfClose' },
      { connection: 1, direction: 'toClient', offset: 11, fault: 'end' },
    ]);
  });

  it('can be cut afterwards', async () => {
    const { client, server } = await (await startPair({ toServer: { halfCloseAfterBytes: 0 } })).open();
    await server.until(() => server.isEnded);
    expect(pair.proxy.cutAll()).toBe(1);
    await client.until(() => client.isClosed);
    expect(client.errorCode).toBe('ECONNRESET');
    await vi.waitFor(() => expect(pair.proxy.connections).toBe(0));
  });
});

describe('a black hole', () => {
  it('passes exactly so many bytes and then nothing more, not even the end, and reads on', async () => {
    const { client, server } = await (await startPair({ toServer: { blackHoleAfterBytes: 10_000 } })).open();
    client.socket.write(Buffer.alloc(5_000_000, 'x'));
    await vi.waitFor(() => expect(client.socket.writableLength).toBe(0), { timeout: 10_000, interval: 5 });
    server.socket.write('the other direction');
    await client.until(() => client.receivedBytes === 19);
    client.socket.resetAndDestroy();
    await vi.waitFor(() => expect(pair.proxy.bufferedBytes).toBe(0));
    server.socket.write('into nothing');
    await vi.waitFor(() => expect(server.socket.writableLength).toBe(0));
    expect(server.receivedBytes).toBe(10_000);
    expect([server.isEnded, server.isClosed, pair.proxy.connections]).toEqual([false, false, 1]);
    expect(ends(pair.proxy.log)).toContainEqual({
      connection: 1,
      direction: 'toServer',
      offset: 10_000,
      fault: 'blackHole',
    });
  });

  it('that stalls does not read the sender, and lets everything come when it is lifted', async () => {
    await startPair({ toServer: { blackHoleAfterBytes: 10, blackHoleMode: 'stall' } });
    const { client, server } = await pair.open();
    const size = 30_000_000;
    client.socket.write(Buffer.alloc(size, 'x'));
    await server.until(() => server.receivedBytes === 10);
    server.socket.write('the other direction');
    await client.until(() => client.receivedBytes === 19);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(server.receivedBytes).toBe(10);
    pair.proxy.setFaults({});
    await server.until(() => server.receivedBytes === size);
  });

  it('opens at a moment: at once when it is set, or after a time', async () => {
    const { client, server } = await (await startPair({})).open();
    client.socket.write('before');
    await server.until(() => server.receivedBytes === 6);
    pair.proxy.setFaults({ toServer: { blackHoleAfterBytes: 0 }, toClient: { blackHoleAfterMs: 20 } });
    client.socket.write('after');
    await vi.waitFor(() => expect(ends(pair.proxy.log)).toHaveLength(2));
    server.socket.write('after');
    await vi.waitFor(() => expect(client.socket.writableLength + server.socket.writableLength).toBe(0));
    // Another connection without faults is a round trip in which these bytes would have come.
    pair.proxy.setFaults({});
    const other = await pair.open();
    other.client.socket.write('x');
    await other.server.until(() => other.server.receivedBytes === 1);
    expect([server.receivedBytes, client.receivedBytes]).toEqual([6, 0]);
    expect(ends(pair.proxy.log).map(({ fault, direction }) => [fault, direction])).toEqual([
      ['blackHole', 'toServer'],
      ['blackHole', 'toClient'],
    ]);
  });
});

describe('cuts', () => {
  /** Writes on until the connection is cut. @returns how much the server had by then */
  async function untilCut(): Promise<number> {
    const { client, server } = await pair.open();
    const pour = (): void => {
      while (!client.isClosed && client.socket.write(Buffer.alloc(500, 'x')));
    };
    client.socket.on('drain', pour);
    pour();
    await server.until(() => server.isClosed);
    expect(server.errorCode).toBe('ECONNRESET');
    return server.receivedBytes;
  }

  async function cutOffsets(seed: number): Promise<number[]> {
    await startPair({ toServer: { cutEveryBytes: 4096 } }, seed);
    const offsets: number[] = [];
    for (let connection = 1; connection <= 5; connection++) offsets.push(await untilCut());
    expect(ends(pair.proxy.log)).toEqual(
      offsets.map((offset, index) => ({ connection: index + 1, direction: 'toServer', offset, fault: 'cut' })),
    );
    return offsets;
  }

  it('come in every connection where the seed says, and the same seed says the same', async () => {
    const { toServer } = resolveFaults({ cutEveryBytes: 4096 });
    const said = [1, 2, 3, 4, 5].map((connection) =>
      cutAfterBytes({ seed: 42, connection, direction: 'toServer' }, toServer),
    );
    const first = await cutOffsets(42);
    await pair.close();
    expect(first).toEqual(said);
    expect(new Set(first).size).toBe(5);
    for (const offset of first) expect(Math.abs(offset - 4096)).toBeLessThanOrEqual(2048);
    expect(await cutOffsets(42)).toEqual(first);
    await pair.close();
    expect(await cutOffsets(43)).not.toEqual(first);
  });

  it('count from when they were set', async () => {
    const { client, server } = await (await startPair({})).open();
    client.socket.write(Buffer.alloc(1000, 'x'));
    await server.until(() => server.receivedBytes === 1000);
    pair.proxy.setFaults({ toServer: { cutEveryBytes: 100, cutSpread: 0 } });
    client.socket.write(Buffer.alloc(1000, 'x'));
    await server.until(() => server.isClosed);
    expect(server.receivedBytes).toBe(1100);
  });
});

describe('new connections', () => {
  it('are refused, so many of them', async () => {
    await startPair({ refuseConnections: 2 }, 1, echo);
    for (const _ of [1, 2]) {
      const refused = pair.dial();
      await refused.until(() => refused.isClosed);
      expect(refused.errorCode).toBe('ECONNRESET');
    }
    const { client } = await pair.open();
    client.socket.write('x');
    await client.until(() => client.receivedBytes === 1);
    expect(ends(pair.proxy.log)).toEqual([
      { connection: 1, direction: undefined, offset: 0, fault: 'refuse' },
      { connection: 2, direction: undefined, offset: 0, fault: 'refuse' },
    ]);
    expect([pair.proxy.accepted, pair.proxy.connections]).toEqual([3, 1]);
  });

  it('are refused for a while, and open ones go on', async () => {
    await startPair({}, 1, echo);
    const { client } = await pair.open();
    const startMs = performance.now();
    pair.proxy.setFaults({ refuseMs: 150 });
    const refused = pair.dial();
    await refused.until(() => refused.isClosed);
    expect(refused.errorCode).toBe('ECONNRESET');
    client.socket.write('x');
    await client.until(() => client.receivedBytes === 1);
    await vi.waitFor(
      async () => {
        const later = pair.dial();
        later.socket.write('x');
        await later.until(() => later.isClosed || later.receivedBytes === 1);
        expect(later.receivedBytes).toBe(1);
      },
      { timeout: 5000, interval: 5 },
    );
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(150);
  });

  it('get a reset when the server is not there', async () => {
    const { proxy } = await startPair({});
    const lone = await startFaultProxy({ targetPort: proxy.port, seed: 1, faults: {} });
    try {
      await proxy.close();
      const client = pair.dial(lone.port);
      await client.until(() => client.isClosed);
      expect(client.errorCode).toBe('ECONNRESET');
      expect(lone.log.map(({ fault }) => fault)).toEqual(['unreachable']);
    } finally {
      await lone.close();
    }
  });
});

describe('the proxy', () => {
  it('keeps the last 1000 entries of its log', async () => {
    await startPair({});
    await pair.open();
    for (let round = 1; round <= 600; round++) pair.proxy.setFaults({ latencyMs: round });
    expect(pair.proxy.log).toHaveLength(logEntriesMax);
    expect(pair.proxy.log.at(-1)).toMatchObject({ connection: 1, direction: 'toClient', fault: 'shape' });
    expect(pair.proxy.log.at(-1)?.detail).toContain('"latencyMs":600');
    expect(pair.proxy.log[0]?.detail).toContain('"latencyMs":101');
  });

  it('refuses a seed and faults out of bounds, and keeps what it had', async () => {
    await startPair({}, 1, echo);
    const { client } = await pair.open();
    expect(() => pair.proxy.setFaults({ resetAfterBytes: -1 })).toThrow(/^expected resetAfterBytes to be .* got -1$/);
    client.socket.write('x');
    await client.until(() => client.receivedBytes === 1);
    for (const seed of [-1, 1.5, 2 ** 32]) {
      await expect(startFaultProxy({ targetPort: 1, seed, faults: {} })).rejects.toThrow(
        `expected seed to be a whole number from 0 to 4294967295, got ${seed}`,
      );
    }
  });
});
