import { describe, expect, it } from 'vitest';
import { expire } from '../../src/operators/expire.js';
import { marbles } from '../support/marbles.js';

describe('expire', () => {
  const isExpired = (value: string): boolean => value === 'x';

  it('passes on what is in time and reports what is not', () => {
    const expired: string[] = [];
    marbles(({ hot, expectObservable }) => {
      const out$ = hot('a-x-b-x|').pipe(expire({ isExpired, onExpired: (value) => expired.push(value) }));
      expectObservable(out$).toBe('a---b--|');
    });
    expect(expired).toEqual(['x', 'x']);
  });

  it('passes on emptiness, silence and errors', () => {
    const operator = expire<string>({ isExpired, onExpired: () => undefined });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('|').pipe(operator)).toBe('|');
      expectObservable(cold('-').pipe(operator)).toBe('-');
      expectObservable(cold('a-#').pipe(operator)).toBe('a-#');
    });
  });

  it('fails with what a callback throws', () => {
    const broken = expire<string>({
      isExpired: () => {
        throw 'error';
      },
      onExpired: () => undefined,
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a').pipe(broken)).toBe('#');
    });
  });

  it('unsubscribes from its source', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('a-b-c-d');
      expectObservable(source$.pipe(expire({ isExpired, onExpired: () => undefined })), '---!').toBe('a-b-');
      expectSubscriptions(source$.subscriptions).toBe('^--!');
    });
  });
});
