import { from, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { EventRecord } from '../../src/model/event-record.js';
import { item } from '../../src/model/handler.js';
import { failure } from '../../src/protocol/error-codes.js';
import type { Overflow } from '../../src/protocol/frames.js';
import { OverflowingStream } from '../../src/replies/overflowing-stream.js';
import { ResultStream, type StreamEnd, type StreamParts } from '../../src/replies/result-stream.js';
import { allItemsPerTurnMax, itemsPerTurnMax, StreamTurns } from '../../src/replies/stream-turns.js';
import { TestOrigin, testRecord } from '../support/records.js';

/** An end that writes down how the stream ended. */
function testEnd(): StreamEnd & { how: unknown[] } {
  const how: unknown[] = [];
  return {
    how,
    hasSlot: () => true,
    ran: () => undefined,
    itemAwaited: () => undefined,
    clientAwaited: () => undefined,
    ended: (_record, value) => how.push(['ended', value]),
    broke: (_record, error) => how.push(['broke', error]),
    fail: (_record, why) => how.push(['failed', why.code, why.reason]),
  };
}

const partsOf = (end: StreamEnd, turns = new StreamTurns()): StreamParts => ({ end, turns, context: undefined });

function counting(to: number): { source: AsyncGenerator<number>; asked: () => number; isClosed: () => boolean } {
  let asked = 0;
  let isClosed = false;
  async function* generate(): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= to; n += 1) {
        asked = n;
        yield n;
      }
    } finally {
      isClosed = true;
    }
  }
  return { source: generate(), asked: () => asked, isClosed: () => isClosed };
}

const turns = async (count = 4): Promise<void> => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

function waiting(credit: number, to: number) {
  const origin = new TestOrigin();
  const record = testRecord({ origin, credit });
  const end = testEnd();
  const counted = counting(to);
  const stream = new ResultStream(record, counted.source, partsOf(end));
  return { origin, record, end, stream, ...counted };
}

describe('many streams that may all go on', () => {
  it('have so much of a turn together, one after the other, and each of them gets on', async () => {
    const shared = new StreamTurns();
    const origins = Array.from({ length: 100 }, () => new TestOrigin());
    for (const origin of origins) {
      const record = testRecord({ origin, credit: 10_000 });
      new ResultStream(record, counting(10_000).source, partsOf(testEnd(), shared)).resume();
    }
    const told = () => origins.map((origin) => origin.told.length);
    let before = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      await turns(1);
      const after = told().reduce((sum, count) => sum + count, 0);
      // Items of two turns may fall into one of the test's.
      expect(after - before).toBeLessThanOrEqual(2 * allItemsPerTurnMax);
      before = after;
    }
    // The share of 20 turns, a hundredth for each.
    expect(Math.min(...told())).toBeGreaterThanOrEqual(allItemsPerTurnMax / 10);
  });
});

describe('a stream that waits for its client', () => {
  it('delivers what credit allows and asks for one item more', async () => {
    const { origin, stream, asked, end } = waiting(3, 10);
    stream.resume();
    await turns();
    expect(origin.told).toEqual([1, 2, 3].map((n) => ({ item: n, data: n })));
    expect(asked()).toBe(4);
    expect(end.how).toEqual([]);
  });

  it('ends without further credit when the last item took the last of it', async () => {
    const { stream, end, record } = waiting(3, 3);
    stream.resume();
    await turns();
    expect(end.how).toEqual([['ended', undefined]]);
    expect(record.items).toBe(3);
  });

  it('goes on when credit is pulled, and never lowers it', async () => {
    const { origin, stream, end } = waiting(0, 5);
    stream.resume();
    await turns();
    expect(origin.told).toEqual([]);
    stream.pull(2);
    await turns();
    stream.pull(1);
    await turns();
    expect(origin.told).toHaveLength(2);
    stream.pull(100);
    await turns();
    expect(origin.told).toHaveLength(5);
    expect(end.how).toHaveLength(1);
  });

  it('waits for the socket’s room as it waits for credit', async () => {
    const { origin, stream, asked } = waiting(10, 10);
    origin.hasRoom = false;
    stream.resume();
    await turns();
    expect(asked()).toBe(1);
    origin.hasRoom = true;
    stream.resume();
    await turns();
    expect(origin.told).toHaveLength(10);
  });

  it('leaves the event loop to others after a bounded number of items', async () => {
    const { origin, stream } = waiting(1_000_000, 1_000_000);
    stream.resume();
    await turns(1);
    expect(origin.told.length).toBeLessThanOrEqual(2 * itemsPerTurnMax);
    stream.abort(failure('cancelled', 'enough'));
  });

  it('closes its source when it is aborted, and delivers nothing more', async () => {
    const { origin, stream, isClosed } = waiting(2, 10);
    stream.resume();
    await turns();
    stream.abort(failure('cancelled', 'enough'));
    stream.pull(100);
    await turns();
    expect(isClosed()).toBe(true);
    expect(origin.told).toHaveLength(2);
  });

  it('passes on a source that fails, after the items before', async () => {
    const origin = new TestOrigin();
    const end = testEnd();
    const broken = (async function* () {
      yield 1;
      throw new Error('broken');
    })();
    new ResultStream(testRecord({ origin }), broken, partsOf(end)).resume();
    await turns();
    expect(origin.told).toHaveLength(1);
    expect(end.how).toMatchObject([['broke', { message: 'broken' }]]);
  });

  it('survives a source whose next throws and whose return throws', async () => {
    const end = testEnd();
    const hostile = {
      next: () => {
        throw new Error('next');
      },
      return: () => {
        throw new Error('return');
      },
    } as unknown as AsyncIterator<unknown>;
    const stream = new ResultStream(testRecord(), hostile, partsOf(end));
    stream.resume();
    stream.abort(failure('cancelled', 'enough'));
    expect(end.how).toMatchObject([['broke', { message: 'next' }]]);
  });

  it('sends the key of a keyed item', async () => {
    const origin = new TestOrigin();
    const keyed = (async function* () {
      yield item('a', { key: 'k' });
    })();
    new ResultStream(testRecord({ origin }), keyed, partsOf(testEnd())).resume();
    await turns();
    expect(origin.told).toEqual([{ item: 1, data: 'a', key: 'k' }]);
  });
});

function running(overflow: Overflow, credit: number, values: readonly unknown[]) {
  const origin = new TestOrigin();
  const record = testRecord({ origin, credit, overflow });
  const end = testEnd();
  const stream = new OverflowingStream(record, from(values), partsOf(end));
  stream.resume();
  return { origin, record, end, stream };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Items and gaps together cover 1..produced exactly once, gaps before what follows them. */
function covered(record: EventRecord, origin: TestOrigin): boolean {
  let next = 1;
  for (const told of origin.told) {
    const [start, stop] = 'item' in told ? [told.item, told.item] : told.gap;
    if (start !== next) return false;
    next = stop + 1;
  }
  return next === record.items + 1;
}

describe('a stream whose handler runs free', () => {
  it('drops the oldest beyond 32 waiting, and says exactly which', () => {
    const { origin, stream, record, end } = running('drop', 2, numbers(100));
    expect(origin.told).toHaveLength(2);
    stream.pull(1000);
    expect(origin.told[2]).toEqual({ gap: [3, 68], reason: 'dropped' });
    expect(origin.told).toHaveLength(2 + 1 + 32);
    expect(covered(record, origin)).toBe(true);
    expect(end.how).toEqual([['ended', undefined]]);
  });

  it('keeps the newest per key, in the order of their numbers', () => {
    const values = [
      item('a1', { key: 'a' }),
      item('b1', { key: 'b' }),
      item('a2', { key: 'a' }),
      item('a3', { key: 'a' }),
    ];
    const { origin, stream, record } = running('latest', 0, values);
    stream.pull(10);
    expect(origin.told).toEqual([
      { gap: [1, 1], reason: 'conflated' },
      { item: 2, data: 'b1', key: 'b' },
      { gap: [3, 3], reason: 'conflated' },
      { item: 4, data: 'a3', key: 'a' },
    ]);
    expect(covered(record, origin)).toBe(true);
  });

  it('takes items without a key as one key', () => {
    const { origin, stream } = running('latest', 0, numbers(50));
    stream.pull(10);
    expect(origin.told).toEqual([
      { gap: [1, 49], reason: 'conflated' },
      { item: 50, data: 50 },
    ]);
  });

  it('keeps at most 32 keys', () => {
    const { origin, stream, record } = running(
      'latest',
      0,
      numbers(40).map((n) => item(n, { key: `k${n}` })),
    );
    stream.pull(100);
    expect(origin.told).toHaveLength(33);
    expect(covered(record, origin)).toBe(true);
  });

  it('fails when more than 32 wait under the policy close', () => {
    const { end } = running('close', 1, numbers(34));
    expect(end.how).toEqual([['failed', 'resource_exhausted', 'overflow']]);
  });

  it('does not fail at exactly 32 waiting under the policy close', () => {
    const { end, stream } = running('close', 1, numbers(33));
    stream.pull(100);
    expect(end.how).toEqual([['ended', undefined]]);
  });

  it('ends at once when everything was delivered, with the source’s error if it had one', () => {
    expect(running('drop', 10, [1, 2]).end.how).toEqual([['ended', undefined]]);
    const end = testEnd();
    new OverflowingStream(
      testRecord({ overflow: 'drop' }),
      throwError(() => 'bad'),
      partsOf(end),
    ).resume();
    expect(end.how).toEqual([['broke', 'bad']]);
  });

  it('lets a generator run on without credit, yielding to the event loop', async () => {
    const origin = new TestOrigin();
    const record = testRecord({ origin, credit: 1, overflow: 'drop' });
    const end = testEnd();
    const { source, asked } = counting(5000);
    const stream = new OverflowingStream(record, source, partsOf(end));
    stream.resume();
    await vi.waitFor(() => expect(asked()).toBe(5000));
    await turns();
    stream.pull(1000);
    expect(covered(record, origin)).toBe(true);
    expect(end.how).toEqual([['ended', undefined]]);
  });

  it('stops its source when it is aborted', () => {
    const source = new Subject<number>();
    const stream = new OverflowingStream(testRecord({ overflow: 'latest' }), source, partsOf(testEnd()));
    stream.resume();
    expect(source.observed).toBe(true);
    stream.abort(failure('cancelled', 'enough'));
    expect(source.observed).toBe(false);
  });
});
