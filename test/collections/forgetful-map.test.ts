import { describe, expect, it } from 'vitest';
import { ForgetfulMap } from '../../src/collections/forgetful-map.js';

/** Entries are the times until which they are worth something. */
const mapOf = (max: number) => new ForgetfulMap<number>({ max, isForgettable: (untilMs, nowMs) => untilMs <= nowMs });

describe('the forgetful map', () => {
  it('never has more entries than its bound, and forgets none that is worth something', () => {
    const map = mapOf(3);
    for (const key of ['a', 'b', 'c']) {
      expect(map.makeRoom(0)).toBe(true);
      map.add(key, 10);
    }
    for (let i = 0; i < 20; i += 1) expect(map.makeRoom(9)).toBe(false);
    expect([map.size, map.get('a'), map.get('b'), map.get('c')]).toEqual([3, 10, 10, 10]);
  });

  it('finds room within two looks for each entry it has', () => {
    const map = mapOf(100);
    for (let i = 0; i < 100; i += 1) map.add(`${i}`, i === 57 ? 10 : 1000);
    let asked = 1;
    while (!map.makeRoom(10)) asked += 1;
    expect(asked).toBeLessThanOrEqual(51);
    expect([map.size, map.get('57')]).toEqual([99, undefined]);
  });

  it('stays small while entries come that are worth little', () => {
    const map = mapOf(1000);
    let sizeMax = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
      expect(map.makeRoom(nowMs)).toBe(true);
      map.add(`${nowMs}`, nowMs + 10);
      sizeMax = Math.max(sizeMax, map.size);
    }
    expect(sizeMax).toBeLessThan(40);
  });

  it('lets go of one entry, or of all', () => {
    const map = mapOf(3);
    map.add('a', 1);
    map.add('b', 1);
    map.delete('a');
    map.delete('x');
    expect([map.size, map.get('a')]).toEqual([1, undefined]);
    map.clear();
    expect([map.size, map.makeRoom(0)]).toEqual([0, true]);
  });
});
