import { EMPTY, from, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { BridgeOverflowError, bridge } from '../../src/operators/bridge.js';

async function readAll<T>(iterator: AsyncIterator<T>): Promise<T[]> {
  const seen: T[] = [];
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true) return seen;
    seen.push(value);
  }
}

describe('bridge', () => {
  it('reads an Observable from its first value to its end', async () => {
    expect(await readAll(bridge(of(1, 2, 3), { itemsMax: 3 }))).toEqual([1, 2, 3]);
    expect(await readAll(bridge(EMPTY, { itemsMax: 1 }))).toEqual([]);
  });

  it('hands a value to a reader that waits for it', async () => {
    const source = new Subject<string>();
    const iterator = bridge(source, { itemsMax: 1 });
    const waiting = iterator.next();
    source.next('a');
    expect(await waiting).toEqual({ done: false, value: 'a' });
    const last = iterator.next();
    source.complete();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('gives out the values before an error, then the error', async () => {
    const source = new Subject<number>();
    const iterator = bridge(source, { itemsMax: 5 });
    source.next(1);
    source.error(new Error('broken'));
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    await expect(iterator.next()).rejects.toThrow('broken');
    await expect(
      bridge(
        throwError(() => new Error('at once')),
        { itemsMax: 1 },
      ).next(),
    ).rejects.toThrow('at once');
  });

  it('stops a source that runs too far ahead, after the values that found room', async () => {
    const source = new Subject<number>();
    const iterator = bridge(source, { itemsMax: 2 });
    for (let n = 1; n <= 3; n += 1) source.next(n);
    expect(source.observed).toBe(false);
    expect((await iterator.next()).value).toBe(1);
    expect((await iterator.next()).value).toBe(2);
    await expect(iterator.next()).rejects.toThrow(BridgeOverflowError);
  });

  it('stops a source that runs too far ahead while it is being subscribed to', async () => {
    const iterator = bridge(from(Array.from({ length: 1000 }, (_, i) => i)), { itemsMax: 1 });
    expect((await iterator.next()).value).toBe(0);
    await expect(iterator.next()).rejects.toThrow('more than 1 items');
  });

  it('unsubscribes when its reader has had enough, and is over then', async () => {
    const source = new Subject<number>();
    const iterator = bridge(source, { itemsMax: 5 });
    source.next(1);
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(source.observed).toBe(false);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('ends a reader that waits when it is returned', async () => {
    const iterator = bridge(NEVER, { itemsMax: 5 });
    const waiting = iterator.next();
    await iterator.return?.();
    expect((await waiting).done).toBe(true);
  });
});
