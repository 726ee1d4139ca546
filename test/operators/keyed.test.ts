import { describe, expect, it } from 'vitest';
import { conflate } from '../../src/operators/conflate.js';
import { countWindow } from '../../src/operators/count-window.js';
import { mapAsync } from '../../src/operators/map-async.js';
import { throttleLatest } from '../../src/operators/throttle-latest.js';
import { timeWindow } from '../../src/operators/time-window.js';

const fold = { start: () => 0, add: (state: number) => state, end: (state: number) => state };

describe('operators with a state per key', () => {
  it.each<{ name: string; make: () => unknown; expected: string }>([
    { name: 'no keys', make: () => throttleLatest({ ms: 1, keysMax: 0 }), expected: 'keysMax to be a whole number' },
    { name: 'half a key', make: () => timeWindow({ ms: 1, keysMax: 1.5, ...fold }), expected: 'got 1.5' },
    { name: 'unbounded keys', make: () => countWindow({ size: 1, keysMax: Infinity, ...fold }), expected: 'Infinity' },
    { name: 'no time', make: () => timeWindow({ ms: 0, ...fold }), expected: 'milliseconds above 0' },
    { name: 'a time no timer can wait', make: () => throttleLatest({ ms: 2 ** 31 }), expected: 'at most 2147483647' },
    { name: 'an empty window', make: () => countWindow({ size: 0, ...fold }), expected: 'size' },
    { name: 'windows that never begin', make: () => countWindow({ size: 1, every: 0, ...fold }), expected: 'every' },
    { name: 'too many at once', make: () => countWindow({ size: 1025, every: 1, ...fold }), expected: '1024 windows' },
    { name: 'no work', make: () => conflate({ work: () => [], concurrency: 0 }), expected: 'concurrency' },
    { name: 'no work in order', make: () => mapAsync({ work: () => [], concurrency: -1 }), expected: 'concurrency' },
    { name: 'no place to wait', make: () => mapAsync({ work: () => [], waitingMax: 0 }), expected: 'waitingMax' },
  ])('refuse $name', ({ make, expected }) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(expected);
  });
});
