import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CountWindowInfo, countWindow } from '../../src/operators/count-window.js';
import { marbles } from '../support/marbles.js';

const isCapital = (letter: string): boolean => letter < 'a';
const written = (text: string, _key: unknown, { count, isWhole }: CountWindowInfo): string => {
  expect(count).toBe(text.length);
  return isWhole ? text : `${text}~`;
};
const fold = { size: 2, start: () => '', add: (text: string, letter: string) => text + letter, end: written };
const byCase = { ...fold, key: isCapital };

describe('countWindow', () => {
  it('folds every so many values, and what is left at completion', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('abc--d-e-|').pipe(countWindow(fold))).toBe('-x---y---(z|)', { x: 'ab', y: 'cd', z: 'e~' });
    });
  });

  it('counts for each key apart', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('aBCbc-|').pipe(countWindow(byCase))).toBe('--xy--(z|)', { x: 'BC', y: 'ab', z: 'c~' });
    });
  });

  it('has windows that overlap, each with all of its values', () => {
    marbles(({ hot, expectObservable }) => {
      const result$ = hot('abcdef|').pipe(countWindow({ ...fold, size: 4, every: 2 }));
      expectObservable(result$).toBe('---x-y(z|)', { x: 'abcd', y: 'cdef', z: 'ef~' });
    });
  });

  it('leaves out what is between windows', () => {
    marbles(({ hot, expectObservable }) => {
      const result$ = hot('abcdefg|').pipe(countWindow({ ...fold, every: 3 }));
      expectObservable(result$).toBe('-x--y--(z|)', { x: 'ab', y: 'de', z: 'g~' });
    });
  });

  it('lets the key not heard of for longest leave early for one too many', () => {
    marbles(({ hot, expectObservable }) => {
      const byLetter = { ...fold, size: 3, key: (letter: string) => letter, keysMax: 2 };
      expectObservable(hot('abaca|').pipe(countWindow(byLetter))).toBe('---xy(z|)', { x: 'b~', y: 'aaa', z: 'c~' });
    });
  });

  it('lets all windows of such a key leave', () => {
    marbles(({ hot, expectObservable }) => {
      const hopping = { ...byCase, size: 3, every: 1, keysMax: 1 };
      expectObservable(hot('abC----|').pipe(countWindow(hopping))).toBe('--(xy)-(z|)', { x: 'ab~', y: 'b~', z: 'C~' });
    });
  });

  it('does not keep a key between two windows, nor push others out for it', () => {
    marbles(({ hot, expectObservable }) => {
      const byLetter = { ...fold, key: (letter: string) => letter, keysMax: 2 };
      expectObservable(hot('abb-c-a|').pipe(countWindow(byLetter))).toBe('--x---y(z|)', { x: 'bb', y: 'aa', z: 'c~' });
    });
  });

  it('passes on emptiness, silence and errors, which drop what is gathered', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('|').pipe(countWindow(fold))).toBe('|');
      expectObservable(cold('-').pipe(countWindow(fold))).toBe('-');
      expectObservable(cold('a-#').pipe(countWindow(fold))).toBe('--#');
    });
  });

  it.each(['key', 'start', 'add', 'end'] as const)('fails when %s throws', (callback) => {
    const broken = () => {
      throw 'error';
    };
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a').pipe(countWindow({ ...byCase, size: 1, [callback]: broken }))).toBe('-#');
      expectObservable(cold('-a|').pipe(countWindow({ ...byCase, [callback]: broken }))).toBe(
        callback === 'end' ? '--#' : '-#',
      );
    });
  });

  it('gives out nothing after it was unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('a--b');
      expectObservable(source$.pipe(countWindow(fold)), '--!').toBe('---');
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    });
  });

  it('counts right when a result leads to another value', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(countWindow(fold)).subscribe((result) => {
      seen.push(result);
      if (seen.length === 1) source.next('x');
    });
    for (const letter of 'abc') source.next(letter);
    expect(seen).toEqual(['ab', 'xc']);
  });
});
