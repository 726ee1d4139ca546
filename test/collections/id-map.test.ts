import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdMap } from '../../src/collections/id-map.js';

const anyId = fc.oneof(
  fc.nat(40),
  fc.nat(20).map((n) => n * 4096),
  fc.nat(20).map((n) => 2 ** 53 - 1 - n),
  fc.nat(20).map((n) => n * 2 ** 32),
  fc.constantFrom('1', '2', 'a', 'b'),
);
const anyStep = fc.record({ kind: fc.constantFrom('add', 'add', 'delete'), id: anyId });

describe('the map of ids', () => {
  it('does what a Map does, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 300 }), (steps) => {
        const real = new IdMap<object>();
        const oracle = new Map<number | string, object>();
        for (const { kind, id } of steps) {
          expect(real.get(id)).toBe(oracle.get(id));
          expect(real.has(id)).toBe(oracle.has(id));
          if (kind === 'delete') {
            real.delete(id);
            oracle.delete(id);
          } else if (!oracle.has(id)) {
            const value = {};
            real.add(id, value);
            oracle.set(id, value);
          }
          expect(real.size).toBe(oracle.size);
        }
        expect(new Set(real.values())).toEqual(new Set(oracle.values()));
        for (const [id, value] of oracle) expect(real.get(id)).toBe(value);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps 1 and "1" apart', () => {
    const map = new IdMap<string>();
    map.add(1, 'number');
    map.add('1', 'string');
    map.delete(1);
    expect([map.get(1), map.get('1'), map.size]).toEqual([undefined, 'string', 1]);
  });

  it('holds very many, and lets them all go', () => {
    const map = new IdMap<number>();
    for (let id = 0; id < 10_000; id += 1) map.add(id * 7, id);
    for (let id = 0; id < 10_000; id += 1) expect(map.get(id * 7)).toBe(id);
    for (let id = 0; id < 10_000; id += 1) map.delete(id * 7);
    expect([map.size, map.values()]).toEqual([0, []]);
  });
});
