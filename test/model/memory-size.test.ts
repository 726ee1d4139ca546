import { describe, expect, it } from 'vitest';
import { memorySize } from '../../src/model/memory-size.js';

describe('the size of a value in memory', () => {
  it('counts what is inside', () => {
    expect(memorySize('x'.repeat(1000), 1e6)).toBe(1024);
    expect(memorySize(new Uint8Array(1000), 1e6)).toBe(1024);
    for (const small of [null, undefined, true, 1.5]) expect(memorySize(small, 1e6)).toBe(8);
    expect(memorySize([1, 2, 3], 1e6)).toBe(48 + 3 * 16);
    expect(memorySize({ a: 1, bc: ['x'] }, 1e6)).toBe(24 + (8 + 1 + 8) + (8 + 2 + (48 + 8 + 25)));
    expect([memorySize({}, 1e6), memorySize([], 1e6)]).toEqual([56, 48]);
  });

  it('stops when it is more than asked for', () => {
    let reads = 0;
    const item = {
      get field() {
        reads += 1;
        return 'x'.repeat(100);
      },
    };
    expect(memorySize(new Array(1000).fill(item), 1000)).toBeGreaterThan(1000);
    expect(memorySize(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, item])), 1000)).toBeGreaterThan(
      1000,
    );
    expect(reads).toBeLessThan(20);
  });

  it('takes what is too deep, or has no end, for too large', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 64; i += 1) deep = [deep];
    expect(memorySize(deep, 1e6)).toBe(8 + 64 * 56);
    expect(memorySize([deep], 1e6)).toBeGreaterThan(1e6);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(memorySize(cycle, 1e6)).toBeGreaterThan(1e6);
  });
});
