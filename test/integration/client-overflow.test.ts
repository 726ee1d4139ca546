/** Streams that do not wait for their reader: what is left out is told in its place, and counts add up. */
import { describe, expect, it, vi } from 'vitest';
import type { StreamGap, StreamItem } from '../../src/client.js';
import { count } from '../../src/demo/basics.js';
import { defineHandler, item } from '../../src/index.js';
import { clientRig, failureOf, settledAt } from '../support/client-rig.js';

const rig = clientRig();

type Part = StreamItem<unknown> | StreamGap;

/** Prices of two symbols, 300 of each, as fast as it can. */
const prices = defineHandler({
  type: 'prices',
  async *handle() {
    for (let n = 1; n <= 300; n += 1) {
      yield item({ n }, { key: 'A' });
      yield item({ n }, { key: 'B' });
    }
  },
});

/** Reads one item, waits until the handler is done, and reads the rest. */
async function readLate(parts: AsyncIterable<Part>): Promise<Part[]> {
  const all: Part[] = [];
  for await (const part of parts) {
    all.push(part);
    if (all.length === 1) await settledAt(() => rig.gateway.counters.itemsDropped);
  }
  return all;
}

/** Every number from 1 to `to` is an item, or inside a gap that was told before the next item. */
function expectAccounted(parts: readonly Part[], to: number): void {
  let items = 0;
  let missing = 0;
  let last = 0;
  for (const part of parts) {
    if (part.kind === 'gap') {
      missing += part.count;
      expect(part.count).toBeLessThanOrEqual(part.to - part.from + 1);
      expect(part.from).toBeGreaterThan(last);
      continue;
    }
    items += 1;
    expect(part.n).toBeGreaterThan(last);
    last = part.n;
  }
  expect(items + missing).toBe(to);
}

describe('a stream that leaves items out', () => {
  it('with latest brings the newest, and tells how many it did not', async () => {
    await rig.start([count]);
    const stream = rig.connect().stream('count', { to: 1000 }, { credit: 2, overflow: 'latest' });
    const parts = await readLate(stream.items);
    expectAccounted(parts, 1000);
    expect(parts[0]).toEqual({ kind: 'item', n: 1, data: 1 });
    expect(parts.at(-1)).toEqual({ kind: 'item', n: 1000, data: 1000 });
    expect(parts).toContainEqual(expect.objectContaining({ kind: 'gap', reason: 'conflated' }));
    expect(parts.length).toBeLessThan(10);
  });

  it('with latest brings the newest of each key', async () => {
    await rig.start([prices]);
    const parts = await readLate(rig.connect().stream('prices', null, { credit: 2, overflow: 'latest' }).items);
    expectAccounted(parts, 600);
    const newest = new Map(parts.flatMap((part) => (part.kind === 'item' ? [[part.key, part.data]] : [])));
    expect(newest).toEqual(new Map(['A', 'B'].map((key) => [key, { n: 300 }])));
  });

  it('with drop brings the newest 32, and tells how many it did not', async () => {
    await rig.start([count]);
    const stream = rig.connect().stream('count', { to: 1000 }, { credit: 2, overflow: 'drop' });
    const parts = await readLate(stream.items);
    expectAccounted(parts, 1000);
    const items = parts.flatMap((part) => (part.kind === 'item' ? [part.n] : []));
    expect(items.slice(-32)).toEqual(Array.from({ length: 32 }, (_, n) => 969 + n));
    expect(parts).toContainEqual(expect.objectContaining({ kind: 'gap', reason: 'dropped' }));
  });

  it.each(['latest', 'drop'] as const)(
    'with %s says nothing of gaps to those who read items alone',
    async (overflow) => {
      await rig.start([count]);
      const seen: unknown[] = [];
      for await (const n of rig.connect().stream('count', { to: 1000 }, { credit: 1, overflow })) {
        if (seen.push(n) === 1) await settledAt(() => rig.gateway.counters.itemsDropped);
      }
      expect(seen.every((n) => typeof n === 'number')).toBe(true);
      expect(seen.at(-1)).toBe(1000);
      expect(seen.length).toBeLessThan(100);
    },
  );

  it('leaves out nothing while its reader keeps up', async () => {
    await rig.start([count]);
    const parts: Part[] = [];
    const stream = rig.connect().stream('count', { to: 30 }, { credit: 64, overflow: 'drop' });
    for await (const part of stream.items) parts.push(part);
    expect(parts).toEqual(Array.from({ length: 30 }, (_, n) => ({ kind: 'item', n: n + 1, data: n + 1 })));
  });
});

describe('a stream that must not fall behind', () => {
  it('brings what came, and then fails with overflow', async () => {
    const gateway = await rig.start([count]);
    const seen: unknown[] = [];
    const read = async () => {
      for await (const n of rig.connect().stream('count', { to: 1000 }, { credit: 4, overflow: 'close' })) {
        if (seen.push(n) === 1) await vi.waitFor(() => expect(gateway.counters.failed).toBe(1));
      }
    };
    const error = await failureOf(read());
    expect(error).toMatchObject({ code: 'resource_exhausted', reason: 'overflow', retry: 'backoff', started: 'maybe' });
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, n) => n + 1));
    expect(seen.length).toBeGreaterThanOrEqual(1);
    expect(seen.length).toBeLessThan(100);
  });

  it('ends well when it does not', async () => {
    await rig.start([count]);
    const seen: unknown[] = [];
    const stream = rig.connect().stream('count', { to: 20 }, { credit: 4, overflow: 'close' });
    for await (const n of stream) seen.push(n);
    expect(seen).toHaveLength(20);
  });
});
