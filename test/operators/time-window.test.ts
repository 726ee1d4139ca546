import { type SchedulerAction, type SchedulerLike, Subject, Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type TimeWindowInfo, timeWindow } from '../../src/operators/time-window.js';
import { marbles } from '../support/marbles.js';

/** Joins letters; the key is whether they are capitals. Written as key:letters@from-to, with ~ where it is not whole. */
const isCapital = (letter: string): boolean => letter < 'a';
const written = (text: string, key: unknown, { fromMs, toMs, isWhole }: TimeWindowInfo): string =>
  `${key === undefined ? '' : key ? 'A:' : 'a:'}${text}@${fromMs}-${toMs}${isWhole ? '' : '~'}`;
const fold = { ms: 5, start: () => '', add: (text: string, letter: string) => text + letter, end: written };
const byCase = { ...fold, key: isCapital };

describe('timeWindow', () => {
  it('folds the values of equal stretches, at whose end their results leave', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-ab----c--d--|').pipe(timeWindow(fold))).toBe('-----x----y--(z|)', {
        x: 'ab@0-5',
        y: 'c@5-10',
        z: 'd@10-15~',
      });
    });
  });

  it('has windows of keys with values only, in the order in which their keys came', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-aBc-----D--------|').pipe(timeWindow(byCase))).toBe('-----(xy)-z-------|', {
        x: 'a:ac@0-5',
        y: 'A:B@0-5',
        z: 'A:D@5-10',
      });
    });
  });

  it('counts a value that comes exactly at an end to the next window', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('a----b----|').pipe(timeWindow(fold))).toBe('-----x----(y|)', { x: 'a@0-5', y: 'b@5-10~' });
    });
  });

  it('lets the key that came first leave early when there are more keys than it may have', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('a-B-c|').pipe(timeWindow({ ...byCase, keysMax: 1 }))).toBe('--x-y(z|)', {
        x: 'a:a@0-5~',
        y: 'A:B@0-5~',
        z: 'a:c@0-5~',
      });
    });
  });

  it('passes on emptiness, silence and errors, which drop what is gathered', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('|').pipe(timeWindow(fold))).toBe('|');
      expectObservable(cold('-').pipe(timeWindow(fold))).toBe('-');
      expectObservable(cold('a-#').pipe(timeWindow(fold))).toBe('--#');
    });
  });

  it.each(['key', 'start', 'add'] as const)('fails when %s throws', (callback) => {
    const broken = () => {
      throw 'error';
    };
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a').pipe(timeWindow({ ...byCase, [callback]: broken }))).toBe('-#');
    });
  });

  it('fails when end throws, by its timer, at completion, and for one key too many', () => {
    const broken = {
      ...byCase,
      end: () => {
        throw 'error';
      },
    };
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-aB--').pipe(timeWindow(broken))).toBe('-----#');
      expectObservable(hot('-aB|').pipe(timeWindow(broken))).toBe('---#');
      expectObservable(hot('-aB|').pipe(timeWindow({ ...broken, keysMax: 1 }))).toBe('--#');
    });
  });

  it('gives out nothing after it was unsubscribed, and has no timer then', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source$ = hot('a------b');
      expectObservable(source$.pipe(timeWindow(fold)), '--!').toBe('---');
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    });
  });

  it('stops in the middle of its results when it is unsubscribed by one', () => {
    const source = new Subject<string>();
    const ended: unknown[] = [];
    const end = (text: string): string => {
      ended.push(text);
      return text;
    };
    const subscription = source.pipe(timeWindow({ ...byCase, end })).subscribe(() => subscription.unsubscribe());
    source.next('a');
    source.next('B');
    source.complete();
    expect(ended).toEqual(['a']);
  });

  it('begins anew for each subscriber', () => {
    marbles(({ cold, expectObservable }) => {
      const result$ = cold('a|').pipe(timeWindow(fold));
      expectObservable(result$).toBe('-(x|)', { x: 'a@0-5~' });
      expectObservable(result$, '--^').toBe('---(x|)', { x: 'a@0-5~' });
    });
  });
});

/** A clock of the day that does as it is told, with one timer that fires when it is told. */
class OddScheduler implements SchedulerLike {
  nowMs = 1000;
  delays: number[] = [];
  #work: (() => void) | undefined;

  now(): number {
    return this.nowMs;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0): Subscription {
    this.delays.push(delayMs);
    this.#work = work as unknown as () => void;
    return new Subscription(() => {
      this.#work = undefined;
    });
  }

  fire(): void {
    const work = this.#work;
    this.#work = undefined;
    work?.();
  }

  get isWaiting(): boolean {
    return this.#work !== undefined;
  }
}

describe('timeWindow and the clock of the day', () => {
  function watch() {
    const scheduler = new OddScheduler();
    const source = new Subject<string>();
    const seen: string[] = [];
    source.pipe(timeWindow({ ...fold, ms: 1000, scheduler })).subscribe((result) => seen.push(result));
    return { scheduler, source, seen };
  }

  it('puts values into the window in which they arrive though the timer is late', () => {
    const { scheduler, source, seen } = watch();
    source.next('a');
    scheduler.nowMs = 2100;
    source.next('b');
    expect(seen).toEqual(['a@1000-2000']);
    expect(scheduler.delays).toEqual([1000, 900]);
    scheduler.nowMs = 3000;
    scheduler.fire();
    expect(seen).toEqual(['a@1000-2000', 'b@2000-3000']);
    expect(scheduler.isWaiting).toBe(false);
  });

  it('does not begin a window again that a timer ended a moment too early', () => {
    const { scheduler, source, seen } = watch();
    source.next('a');
    scheduler.nowMs = 1999;
    scheduler.fire();
    source.next('b');
    scheduler.nowMs = 3000;
    scheduler.fire();
    expect(seen).toEqual(['a@1000-2000', 'b@2000-3000']);
  });

  it('ends a window when the clock was set back, and goes on in the new time', () => {
    const { scheduler, source, seen } = watch();
    scheduler.nowMs = 10_000_000;
    source.next('a');
    scheduler.nowMs = 5000;
    source.next('b');
    expect(seen).toEqual(['a@10000000-10001000']);
    expect(scheduler.delays.at(-1)).toBe(1000);
    source.complete();
    expect(seen.at(-1)).toBe('b@5000-6000~');
  });
});
