import { describe, expect, it } from 'vitest';
import { batch } from '../../src/operators/batch.js';
import { marbles } from '../support/marbles.js';

const values = { x: ['a', 'b'], y: ['c'], z: ['a'] };

describe('batch', () => {
  it('gives out a full batch at once and a small one when the first of it has waited', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('a-b--c--------|').pipe(batch({ size: 2, waitMs: 4 }))).toBe('--x------y----|', values);
    });
  });

  it('starts the wait at the first value, not before', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('------a------|').pipe(batch({ size: 9, waitMs: 4 }))).toBe('----------z--|', values);
    });
  });

  it('gives out what is gathered when its source completes', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-|').pipe(batch({ size: 9, waitMs: 100 }))).toBe('--(z|)', values);
      expectObservable(cold('|').pipe(batch({ size: 9, waitMs: 100 }))).toBe('|');
      expectObservable(cold('-').pipe(batch({ size: 9, waitMs: 100 }))).toBe('-');
    });
  });

  it('drops what is gathered when its source fails', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-#').pipe(batch({ size: 9, waitMs: 100 }))).toBe('--#');
    });
  });

  it('makes batches of one without a timer', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a---|').pipe(batch({ size: 1, waitMs: 2 }))).toBe('z---|', values);
    });
  });

  it('says who joins, and who is the first, before the batch leaves', () => {
    const order: unknown[] = [];
    marbles(({ cold, flush }) => {
      cold('abc-----|')
        .pipe(batch({ size: 2, waitMs: 3, onJoin: (value, isFirst) => order.push([value, isFirst]) }))
        .subscribe((full) => order.push(full));
      flush();
    });
    expect(order).toEqual([['a', true], ['b', false], ['a', 'b'], ['c', true], ['c']]);
  });

  it('fails when onJoin throws', () => {
    const broken = batch<string>({
      size: 2,
      waitMs: 1,
      onJoin() {
        throw 'error';
      },
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a').pipe(broken)).toBe('#');
    });
  });

  it('gives out nothing after it was unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('a------b');
      expectObservable(source$.pipe(batch({ size: 2, waitMs: 4 })), '--!').toBe('---');
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    });
  });
});
