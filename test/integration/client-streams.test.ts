/** Streams of the client: they are read as one likes, and the handler goes no faster than its reader. */
import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { msgpackEncoding } from '../../src/client-msgpack.js';
import { count, echo, fail } from '../../src/demo/basics.js';
import { reportRows } from '../../src/demo/shop.js';
import { defineHandler, HandlerError, item } from '../../src/index.js';
import { producer } from '../support/client-producer.js';
import { allOf, clientRig, failureOf, settledAt, taken } from '../support/client-rig.js';
import { heapBytes } from '../support/heap.js';

const rig = clientRig();

const numbers = (to: number): number[] => Array.from({ length: to }, (_, n) => n + 1);

/** Gives as many items as its data says, and then fails. */
const breaking = defineHandler<number>({
  type: 'breaking',
  async *handle({ data }) {
    for (let n = 1; n <= data; n += 1) yield n;
    throw new HandlerError('data_loss', 'the disk is gone', { details: { after: data } });
  },
});
const keyed = defineHandler({
  type: 'keyed',
  async *handle() {
    yield item('a', { key: 'k' });
    yield 'b';
  },
});

describe.each([
  ['json', {}],
  ['msgpack', { encoding: msgpackEncoding }],
] as const)('a stream over %s', (_name, options) => {
  it('is read by for await, in order, to its end', async () => {
    await rig.start([count]);
    const client = rig.connect(options);
    expect(await allOf(client.stream('count', { to: 500 }))).toEqual(numbers(500));
    expect(client.usage).toMatchObject({ open: 0, queued: 0 });
  });

  it('is an Observable as well', async () => {
    await rig.start([count]);
    const client = rig.connect(options);
    expect(await lastValueFrom(client.stream('count', { to: 500 }).pipe(toArray()))).toEqual(numbers(500));
  });

  it('has numbers and keys in its items', async () => {
    await rig.start([keyed]);
    expect(await allOf(rig.connect(options).stream('keyed').items)).toEqual([
      { kind: 'item', n: 1, data: 'a', key: 'k' },
      { kind: 'item', n: 2, data: 'b' },
    ]);
  });
});

describe('a stream', () => {
  it('may be empty', async () => {
    await rig.start([count]);
    const client = rig.connect();
    expect(await allOf(client.stream('count', { to: 0 }))).toEqual([]);
    expect(await lastValueFrom(client.stream('count', { to: 0 }).pipe(toArray()))).toEqual([]);
  });

  it('of a handler that answers with one value is a stream of one', async () => {
    await rig.start([echo]);
    const client = rig.connect();
    expect(await allOf(client.stream('echo', { a: 1 }))).toEqual([{ a: 1 }]);
    expect(await allOf(client.stream('echo', 7).items)).toEqual([{ kind: 'item', n: 1, data: 7 }]);
    expect(await allOf(client.stream('echo', null))).toEqual([null]);
  });

  it('is sent when it is read, and again when it is read again', async () => {
    const gateway = await rig.start([count]);
    const client = rig.connect();
    await client.ready;
    const stream = client.stream('count', { to: 3 });
    expect(client.usage).toMatchObject({ queued: 0, open: 0 });
    expect(gateway.counters.received).toBe(0);
    expect(await Promise.all([allOf(stream), allOf(stream), lastValueFrom(stream.pipe(toArray()))])).toEqual(
      [1, 2, 3].map(() => numbers(3)),
    );
    expect(gateway.counters.received).toBe(3);
  });

  it('fails after the items that came before its failure', async () => {
    await rig.start([breaking]);
    const client = rig.connect();
    const seen: unknown[] = [];
    const read = async () => {
      for await (const each of client.stream('breaking', 3)) seen.push(each);
    };
    const failed = { code: 'data_loss', message: 'the disk is gone', started: 'maybe', details: { after: 3 } };
    expect(await failureOf(read())).toMatchObject(failed);
    expect(seen).toEqual(numbers(3));
    const observed: unknown[] = [];
    const end = await new Promise((resolve) => {
      client.stream('breaking', 2).subscribe({ next: (each) => observed.push(each), error: resolve });
    });
    expect(end).toMatchObject({ code: 'data_loss', details: { after: 2 } });
    expect(observed).toEqual(numbers(2));
  });

  it('fails at once where the handler does, or where there is none', async () => {
    await rig.start([fail]);
    const client = rig.connect();
    expect(await failureOf(allOf(client.stream('fail', { code: 'aborted' })))).toMatchObject({ code: 'aborted' });
    expect(await failureOf(allOf(client.stream('nobody')))).toMatchObject({ code: 'not_found', started: 'no' });
  });

  it.each([0, -1, 1.5, 65_537, Number.NaN])('is refused with a credit of %d', async (credit) => {
    const gateway = await rig.start([count]);
    const client = rig.connect();
    const read = async () => allOf(client.stream('count', { to: 1 }, { credit }));
    expect(await failureOf(read())).toMatchObject({ code: 'invalid_argument', started: 'no' });
    await client.ready;
    expect(gateway.counters.received).toBe(0);
  });

  it('of 100,000 items needs no more memory at its end than at its middle', async () => {
    await rig.start([reportRows]);
    const client = rig.connect();
    let row = 0;
    let earlyBytes = 0;
    for await (const each of client.stream('report.rows', { rows: 100_000 }, { credit: 1024 })) {
      row += 1;
      if ((each as { row: number }).row !== row) throw new Error(`expected row ${row}, got ${JSON.stringify(each)}`);
      if (row === 20_000) earlyBytes = heapBytes();
    }
    expect(row).toBe(100_000);
    expect(heapBytes() - earlyBytes).toBeLessThan(4 * 1024 * 1024);
  });
});

describe('the handler of a stream', () => {
  it('is asked for no more than the credit, and one ahead, while nobody reads on', async () => {
    const source = producer();
    await rig.start([source.handler]);
    const reader = rig.connect().stream('numbers', null, { credit: 4 })[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    expect(await reader.next()).toEqual({ done: false, value: 2 });
    // Two were read, four may wait, and one is got ready.
    expect(await settledAt(() => source.asked)).toBeLessThanOrEqual(2 + 4 + 1);
    for (let n = 3; n <= 50; n += 1) expect(await reader.next()).toEqual({ done: false, value: n });
    expect(await settledAt(() => source.asked)).toBeLessThanOrEqual(50 + 4 + 1);
    await reader.return?.();
  });

  it('stands still while its reader pauses, and goes on with it', async () => {
    const source = producer();
    const gateway = await rig.start([source.handler]);
    let read = 0;
    for await (const n of rig.connect().stream('numbers', 60, { credit: 8 })) {
      read += 1;
      expect(n).toBe(read);
      if (read % 20 !== 0) continue;
      expect(await settledAt(() => source.asked, 3)).toBeLessThanOrEqual(Math.min(60, read + 8 + 1));
    }
    expect(read).toBe(60);
    expect(gateway.counters.itemsSent).toBe(60);
  });

  it('with a credit of 1 is asked for one item after the other', async () => {
    const source = producer();
    await rig.start([source.handler]);
    for await (const n of rig.connect().stream('numbers', 20, { credit: 1 })) {
      expect(source.asked).toBeLessThanOrEqual((n as number) + 1 + 1);
    }
    expect(source.asked).toBe(20);
  });

  it('is let go when its reader leaves the loop', async () => {
    const source = producer();
    const gateway = await rig.start([source.handler]);
    const client = rig.connect();
    expect(await taken(client.stream('numbers'), 5)).toEqual(numbers(5));
    await vi.waitFor(() => expect(source.released).toBe(1));
    await vi.waitFor(() => expect(gateway.inUse()).toMatchObject({ events: 0 }));
    expect(gateway.counters.failedBy.get('cancelled')).toBe(1);
    expect(client.usage.open).toBe(0);
  });

  it('is let go when its reader throws, or unsubscribes', async () => {
    const source = producer();
    await rig.start([source.handler]);
    const client = rig.connect();
    const read = async () => {
      for await (const n of client.stream('numbers')) if (n === 3) throw new RangeError('enough');
    };
    await expect(read()).rejects.toThrow(RangeError);
    await vi.waitFor(() => expect(source.released).toBe(1));
    expect(await lastValueFrom(client.stream('numbers').pipe(take(40), toArray()))).toEqual(numbers(40));
    await vi.waitFor(() => expect(source.released).toBe(2));
    await vi.waitFor(() => expect(client.usage.open).toBe(0));
  });
});

describe('the signal of a stream', () => {
  it('that has fired before means that nothing is sent', async () => {
    const source = producer();
    await rig.start([source.handler]);
    const client = rig.connect();
    const stream = client.stream('numbers', null, { signal: AbortSignal.abort() });
    expect(await failureOf(allOf(stream))).toMatchObject({ code: 'cancelled', started: 'no' });
    await client.ready;
    expect(source.started).toBe(0);
  });

  it('that fires in between ends the reading, and the handler is let go', async () => {
    const source = producer();
    await rig.start([source.handler]);
    const abort = new AbortController();
    const reason = new Error('the page was left');
    const seen: unknown[] = [];
    const read = async () => {
      for await (const n of rig.connect().stream('numbers', null, { credit: 2, signal: abort.signal })) {
        seen.push(n);
        if (n === 3) abort.abort(reason);
      }
    };
    expect(await failureOf(read())).toMatchObject({ code: 'cancelled', started: 'maybe', cause: reason });
    expect(seen.slice(0, 3)).toEqual(numbers(3));
    expect(seen.length).toBeLessThanOrEqual(5);
    await vi.waitFor(() => expect(source.released).toBe(1));
  });

  it('that fires while a reader waits for an item wakes it', async () => {
    await rig.start([count]);
    const client = rig.connect();
    const abort = new AbortController();
    const read = failureOf(allOf(client.stream('count', { to: 2, everyMs: 60_000 }, { signal: abort.signal })));
    await vi.waitFor(() => expect(rig.gateway.inUse().busy).toBe(1));
    abort.abort();
    expect(await read).toMatchObject({ code: 'cancelled' });
  });
});
