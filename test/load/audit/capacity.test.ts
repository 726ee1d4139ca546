import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Capacity {
  set(atOnce: number, ms: number): void;
  work(signal: AbortSignal): Promise<void>;
}

const url = pathToFileURL(resolve('load/audit/capacity.mjs')).href;
const never = new AbortController().signal;
let capacity: Capacity;
let done: number[];

beforeEach(async () => {
  vi.useFakeTimers();
  const { Capacity } = (await import(url)) as { readonly Capacity: new () => Capacity };
  capacity = new Capacity();
  done = [];
});

afterEach(() => vi.useRealTimers());

function start(count: number, signal: AbortSignal = never): void {
  for (let at = 0; at < count; at += 1)
    void capacity.work(signal).then(
      () => done.push(at),
      () => undefined,
    );
}

describe('a known capacity', () => {
  it('does so many at once, and the rest after them in order', async () => {
    capacity.set(2, 10);
    start(5);
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toEqual([0, 1]);
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toEqual([0, 1, 2, 3]);
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toHaveLength(5);
  });

  it('takes more at once from the moment it is told', async () => {
    capacity.set(1, 10);
    start(4);
    capacity.set(4, 10);
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toHaveLength(4);
  });

  it('takes fewer, when those that run have ended', async () => {
    capacity.set(3, 10);
    start(6);
    capacity.set(1, 20);
    await vi.advanceTimersByTimeAsync(10);
    expect(done).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(20);
    expect(done).toHaveLength(4);
  });

  it('forgets what is cancelled while it waits', async () => {
    capacity.set(1, 10);
    start(1);
    const given = new AbortController();
    const refused = capacity.work(given.signal).catch((error: unknown) => String(error));
    start(1);
    given.abort('too late');
    expect(await refused).toBe('too late');
    await vi.advanceTimersByTimeAsync(20);
    expect(done).toEqual([0, 0]);
  });
});
