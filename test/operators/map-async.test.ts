import { NEVER, of, range, Subject, throwError } from 'rxjs';
import { delay } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import { MapAsyncOverflowError, mapAsync } from '../../src/operators/map-async.js';
import { marbles } from '../support/marbles.js';

/** Work of three units, in virtual time. */
const slow = (letter: string) => of(letter).pipe(delay(3));

describe('mapAsync', () => {
  it('works on so many values at a time, in their order, and says how many', () => {
    const active: number[] = [];
    marbles(({ hot, expectObservable }) => {
      const result$ = hot('abc|').pipe(mapAsync({ work: slow, concurrency: 2, onActive: (n) => active.push(n) }));
      expectObservable(result$).toBe('---ab-(c|)');
    });
    expect(active).toEqual([1, 2, 1, 0]);
  });

  it('takes promises and arrays', async () => {
    const seen: number[] = [];
    await range(1, 3)
      .pipe(mapAsync({ work: async (n) => n * 2, concurrency: 1 }))
      .forEach((n) => {
        seen.push(n);
      });
    range(1, 2)
      .pipe(mapAsync({ work: (n) => [n, -n] }))
      .subscribe((n) => seen.push(n));
    expect(seen).toEqual([2, 4, 6, 1, -1, 2, -2]);
  });

  it('is an error when more wait than may', () => {
    const source = new Subject<number>();
    let failed: unknown;
    source.pipe(mapAsync({ work: () => NEVER, concurrency: 1, waitingMax: 2 })).subscribe({
      error: (error: unknown) => (failed = error),
    });
    for (let n = 0; n < 3; n += 1) source.next(n);
    expect(failed).toBeUndefined();
    source.next(3);
    expect(failed).toBeInstanceOf(MapAsyncOverflowError);
    expect(String(failed)).toContain('more than 2 values');
  });

  it('does work that ends at once without nesting', () => {
    const source = new Subject<number>();
    let done = 0;
    source.pipe(mapAsync({ work: (n) => of(n), concurrency: 1 })).subscribe((n) => {
      done += 1;
      if (n < 100_000) source.next(n + 1);
    });
    source.next(1);
    expect(done).toBe(100_000);
  });

  it('passes on emptiness, silence and errors, which end the work', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      expectObservable(cold('|').pipe(mapAsync({ work: slow }))).toBe('|');
      expectObservable(cold('-').pipe(mapAsync({ work: slow }))).toBe('-');
      const work$ = hot('-----w');
      expectObservable(cold('a-#').pipe(mapAsync({ work: () => work$ }))).toBe('--#');
      expectSubscriptions(work$.subscriptions).toBe('^-!');
    });
  });

  it('fails with its work and its callbacks', () => {
    const broken = (): never => {
      throw 'error';
    };
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a').pipe(mapAsync({ work: () => throwError(() => 'error') }))).toBe('-#');
      expectObservable(cold('-a').pipe(mapAsync({ work: broken }))).toBe('-#');
      expectObservable(cold('-a').pipe(mapAsync({ work: slow, onActive: broken }))).toBe('-#');
    });
  });

  it('ends its work when it is unsubscribed, and says that none is left', () => {
    const active: number[] = [];
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const work$ = hot('------w');
      const result$ = hot('a').pipe(mapAsync({ work: () => work$, onActive: (n) => active.push(n) }));
      expectObservable(result$, '---!').toBe('----');
      expectSubscriptions(work$.subscriptions).toBe('^--!');
    });
    expect(active).toEqual([1, 0]);
  });
});
