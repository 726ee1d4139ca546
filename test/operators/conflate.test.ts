import { NEVER, of, Subject, throwError } from 'rxjs';
import { delay } from 'rxjs/operators';
import { describe, expect, it } from 'vitest';
import { conflate } from '../../src/operators/conflate.js';
import { marbles } from '../support/marbles.js';

const isCapital = (letter: string): boolean => letter < 'a';
/** Work of three units, in virtual time. */
const slow = (letter: string) => of(letter).pipe(delay(3));

describe('conflate', () => {
  it('works on the newest value once it has time', () => {
    const leftOut: string[] = [];
    marbles(({ hot, expectObservable }) => {
      const result$ = hot('abcd----e|').pipe(conflate({ work: slow, onLeftOut: (letter) => leftOut.push(letter) }));
      expectObservable(result$).toBe('---a--d----(e|)');
    });
    expect(leftOut).toEqual(['b', 'c']);
  });

  it('works on several keys at a time, but on one value of a key', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('aBcD|').pipe(conflate({ work: slow, key: isCapital }))).toBe('---aB-c(D|)');
    });
  });

  it('lets keys wait for a slot in turn, and replaces what waits', () => {
    marbles(({ hot, expectObservable }) => {
      const result$ = hot('aBCb|').pipe(conflate({ work: slow, key: isCapital, concurrency: 1 }));
      expectObservable(result$).toBe('---a--C--(b|)');
    });
  });

  it('leaves out what has waited longest for one key too many', () => {
    const leftOut: string[] = [];
    marbles(({ hot, expectObservable }) => {
      const byLetter = { key: (letter: string) => letter, keysMax: 3, concurrency: 1 };
      const result$ = hot('abcd|').pipe(
        conflate({ work: slow, ...byLetter, onLeftOut: (letter) => leftOut.push(letter) }),
      );
      expectObservable(result$).toBe('---a--b--c--(d|)');
      const tighter$ = hot('abcd|').pipe(
        conflate({ work: slow, ...byLetter, keysMax: 2, onLeftOut: (letter) => leftOut.push(letter) }),
      );
      expectObservable(tighter$).toBe('---a--c--(d|)');
    });
    expect(leftOut).toEqual(['b']);
  });

  it('leaves nothing out for a value that need not wait', () => {
    const leftOut: string[] = [];
    const begun: string[] = [];
    const source = new Subject<string>();
    const work = (text: string) => {
      begun.push(text);
      return NEVER;
    };
    source
      .pipe(
        conflate({
          work,
          key: ([letter]) => letter,
          keysMax: 1,
          concurrency: 2,
          onLeftOut: (text) => leftOut.push(text),
        }),
      )
      .subscribe();
    for (const text of ['a1', 'a2', 'b1']) source.next(text);
    expect({ begun, leftOut }).toEqual({ begun: ['a1', 'b1'], leftOut: [] });
    source.next('c1');
    expect({ begun, leftOut }).toEqual({ begun: ['a1', 'b1'], leftOut: ['a2'] });
  });

  it('keeps to its bound of keys when work gives it further values at once', () => {
    const leftOut: number[] = [];
    const source = new Subject<number>();
    const work = (n: number) => {
      if (n === 0) for (let more = 1; more <= 100; more += 1) source.next(more);
      return NEVER;
    };
    source
      .pipe(conflate({ work, key: (n) => n, keysMax: 3, concurrency: 2, onLeftOut: (n) => leftOut.push(n) }))
      .subscribe();
    source.next(0);
    expect(leftOut.length).toBe(97);
  });

  it('does work that ends at once without nesting', () => {
    const source = new Subject<number>();
    let done = 0;
    source.pipe(conflate({ work: (n) => of(n) })).subscribe((n) => {
      done += 1;
      if (n < 100_000) source.next(n + 1);
    });
    source.next(1);
    expect(done).toBe(100_000);
  });

  it('passes on emptiness, silence and errors, which end the work', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      expectObservable(cold('|').pipe(conflate({ work: slow }))).toBe('|');
      expectObservable(cold('-').pipe(conflate({ work: slow }))).toBe('-');
      const work$ = hot('-----w');
      expectObservable(cold('a-#').pipe(conflate({ work: () => work$ }))).toBe('--#');
      expectSubscriptions(work$.subscriptions).toBe('^-!');
    });
  });

  it.each<{ name: string; options: Partial<Parameters<typeof conflate<string, string>>[0]> }>([
    { name: 'work fails', options: { work: () => throwError(() => 'error') } },
    { name: 'work throws', options: { work: thrower } },
    { name: 'work is none', options: { work: () => 5 as never } },
    { name: 'key throws', options: { key: thrower } },
    { name: 'onLeftOut throws', options: { onLeftOut: thrower } },
  ])('fails when $name', ({ options }) => {
    let failed = 0;
    marbles(({ hot, flush }) => {
      hot('abc')
        .pipe(conflate<string, string>({ work: () => NEVER, ...options }))
        .subscribe({ error: () => (failed += 1) });
      flush();
    });
    expect(failed).toBe(1);
  });

  it('ends the work when it is unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('a-b');
      const work$ = hot('------w');
      expectObservable(source$.pipe(conflate({ work: () => work$ })), '---!').toBe('----');
      expectSubscriptions(source$.subscriptions).toBe('^--!');
      expectSubscriptions(work$.subscriptions).toBe('^--!');
    });
  });
});

function thrower(): never {
  throw 'error';
}
