import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimal } from '../../src/codec/decimal.js';

it('writes whole numbers as JavaScript does', () => {
  for (const n of [0, 7, 999, 1000, 1001, 999_999, 1_000_000, 2 ** 30, 2 ** 31, 2 ** 32, 10 ** 15, 2 ** 53]) {
    expect(decimal(n)).toBe(String(n));
  }
  fc.assert(fc.property(fc.oneof(fc.nat(), fc.maxSafeNat()), (n) => decimal(n) === String(n)));
});
