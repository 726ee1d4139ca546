import { type SchedulerLike, Subject, Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { throttleLatest } from '../../src/operators/throttle-latest.js';
import { marbles } from '../support/marbles.js';

const isCapital = (letter: string): boolean => letter < 'a';

describe('throttleLatest', () => {
  it('lets the first value pass at once, and the newest at the end of each stretch', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('abc---d----------e-|').pipe(throttleLatest({ ms: 4 }))).toBe('a---c---d--------e-|');
    });
  });

  it('begins a stretch with the next value when one ended without any', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('a----b-c---|').pipe(throttleLatest({ ms: 4 }))).toBe('a----b---c-|');
    });
  });

  it('counts for each key apart, with one timer', () => {
    marbles(({ hot, expectObservable }) => {
      const result$ = hot('aBbC-------|').pipe(throttleLatest({ ms: 4, key: isCapital }));
      expectObservable(result$).toBe('aB--bC-----|');
    });
  });

  it('lets what waits pass at completion, and drops it at an error', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('aBbC|').pipe(throttleLatest({ ms: 9, key: isCapital }))).toBe('aB--(bC|)');
      expectObservable(cold('ab#').pipe(throttleLatest({ ms: 9 }))).toBe('a-#');
    });
  });

  it('ends the oldest stretch early for one key too many, and loses nothing', () => {
    marbles(({ cold, expectObservable }) => {
      const result$ = cold('abC----------|').pipe(throttleLatest({ ms: 6, key: isCapital, keysMax: 1 }));
      expectObservable(result$).toBe('a-(bC)-------|');
    });
  });

  it('does not shorten the stretch of the key that is next then', () => {
    marbles(({ cold, expectObservable }) => {
      const byLetter = throttleLatest<string, string>({ ms: 6, key: (letter) => letter, keysMax: 2 });
      expectObservable(cold('a-b-cb-------|').pipe(byLetter)).toBe('a-b-c---b----|');
    });
  });

  it('passes on emptiness and silence', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('|').pipe(throttleLatest({ ms: 4 }))).toBe('|');
      expectObservable(cold('-').pipe(throttleLatest({ ms: 4 }))).toBe('-');
    });
  });

  it('fails when key throws', () => {
    const broken = throttleLatest<string>({
      ms: 4,
      key: () => {
        throw 'error';
      },
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a').pipe(broken)).toBe('-#');
    });
  });

  it('gives out nothing after it was unsubscribed', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('ab-----c');
      expectObservable(source$.pipe(throttleLatest({ ms: 4 })), '--!').toBe('a--');
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    });
  });
});

describe('throttleLatest and the clock of the day', () => {
  it.each([
    { name: 'fires a moment too early', nowMs: 1999, leaving: ['b'], nextMs: 1 },
    { name: 'was set back', nowMs: 5, leaving: ['b', 'C'], nextMs: 1000 },
  ])('does not hold a value for longer when it $name', ({ nowMs, leaving, nextMs }) => {
    const clock = { nowMs: 1000, fire: () => undefined as unknown, delays: [] as number[] };
    const scheduler: SchedulerLike = {
      now: () => clock.nowMs,
      schedule(work, delayMs = 0) {
        clock.fire = work as () => void;
        clock.delays.push(delayMs);
        return new Subscription();
      },
    };
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(throttleLatest({ ms: 1000, key: isCapital, scheduler })).subscribe((letter) => seen.push(letter));
    source.next('a');
    for (const letter of 'BbC') source.next(letter);
    clock.nowMs = nowMs;
    clock.fire();
    expect(seen).toEqual(['a', 'B', ...leaving]);
    expect(clock.delays).toEqual([1000, nextMs]);
  });
});
