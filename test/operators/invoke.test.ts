import { Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type InvokeSink, invoke } from '../../src/operators/invoke.js';
import { marbles } from '../support/marbles.js';

/** Work that gives its one result after a number of frames. */
function delayed(frames: number) {
  return invoke<string, string>({
    start: (value, sink) =>
      timer(frames).subscribe(() => {
        sink.result(value);
        sink.finished();
      }),
  });
}

describe('invoke', () => {
  it('starts each value at once and passes on results as they come', () => {
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('ab-c----|').pipe(delayed(3))).toBe('---ab-c-|');
    });
  });

  it('completes when the source has and the last work is finished', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a|').pipe(delayed(4))).toBe('----(a|)');
      expectObservable(cold('|').pipe(delayed(4))).toBe('|');
      expectObservable(cold('-').pipe(delayed(4))).toBe('-');
    });
  });

  it('passes on results that come at once, several, or none', () => {
    const letters = invoke<string, string>({
      start(value, sink) {
        for (let i = 0; i < Number(value); i += 1) sink.result('x');
        sink.finished();
      },
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('1-2---0-|').pipe(letters)).toBe('x-(xx)--|');
    });
  });

  it('passes on the error of its source without waiting for work', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a#').pipe(delayed(3))).toBe('-#');
    });
  });

  it('fails when a start throws', () => {
    const broken = invoke<string, string>({
      start() {
        throw 'error';
      },
    });
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('-a').pipe(broken)).toBe('-#');
    });
  });

  it('drops results that come after it was unsubscribed', () => {
    const source = new Subject<string>();
    let late: InvokeSink<string> | undefined;
    const seen: string[] = [];
    const subscription = source
      .pipe(invoke<string, string>({ start: (_value, sink) => (late = sink) }))
      .subscribe((value) => seen.push(value));
    source.next('a');
    subscription.unsubscribe();
    late?.result('late');
    late?.finished();
    expect(seen).toEqual([]);
    expect(source.observed).toBe(false);
  });
});
