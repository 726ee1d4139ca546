import { delay, map, mergeMap, pipe, throwError } from 'rxjs';
import { describe, it } from 'vitest';
import { fork } from '../../src/operators/fork.js';
import { marbles } from '../support/marbles.js';

/** Letters go one way, slowly; digits another, at once. */
const byKind = fork<string, 'letter' | 'digit', string>({
  laneOf: (value) => (/\d/.test(value) ? 'digit' : 'letter'),
  through: (lane) => (lane === 'digit' ? map((value) => value) : pipe(delay(3))),
  lanesMax: 2,
});

describe('fork', () => {
  it('sends each value down its lane and joins what comes out', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('a1b-2---|').pipe(byKind)).toBe('-1-a2b--|');
    });
  });

  it('completes when its source and every lane have', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a|').pipe(byKind)).toBe('---(a|)');
      expectObservable(cold('|').pipe(byKind)).toBe('|');
      expectObservable(cold('-').pipe(byKind)).toBe('-');
    });
  });

  it('passes on the error of its source, and that of a lane', () => {
    const failing = fork<string, string, string>({
      laneOf: (value) => value,
      through: (lane) => mergeMap((value) => (lane === 'b' ? throwError(() => 'error') : [value])),
      lanesMax: 9,
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a#').pipe(failing)).toBe('a#');
      expectObservable(cold('ab').pipe(failing)).toBe('a#');
    });
  });

  it('fails when a callback throws, and when there would be more lanes than allowed', () => {
    const broken = fork<string, string, string>({
      laneOf: () => {
        throw 'error';
      },
      through: () => map((value) => value),
      lanesMax: 1,
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a').pipe(broken)).toBe('#');
    });
    const narrow = fork<string, string, string>({
      laneOf: (value) => value,
      through: () => map((v) => v),
      lanesMax: 2,
    });
    marbles(({ cold, expectObservable }) => {
      const errorText$ = cold('abac').pipe(narrow);
      expectObservable(errorText$).toBe('aba#', undefined, new RangeError('expected at most 2 lanes'));
    });
  });

  it('unsubscribes from its source and its lanes', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('a1b2');
      expectObservable(source$.pipe(byKind), '--!').toBe('-1');
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    });
  });
});
