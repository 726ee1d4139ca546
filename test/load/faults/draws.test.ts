import { expect, it } from 'vitest';
import { cutAfterBytes, jitterAt } from '../../../load/faults/draws.js';
import { type Direction, resolveFaults } from '../../../load/faults/faults.js';

const place = (seed: number, connection: number, direction: Direction = 'toServer') => ({
  seed,
  connection,
  direction,
});

it('draws by seed, connection, direction and offset, in whatever order', () => {
  const offsets = [0, 1, 500, 2 ** 33];
  const drawn = offsets.map((offset) => jitterAt(place(1, 1), offset, 10));
  expect(offsets.toReversed().map((offset) => jitterAt(place(1, 1), offset, 10))).toEqual(drawn.toReversed());
  const others = [place(2, 1), place(1, 2), place(1, 1, 'toClient')].map((other) => jitterAt(other, 0, 10));
  const all = [...drawn, ...others];
  expect(new Set(all).size).toBe(all.length);
  for (const jitterMs of all) expect(jitterMs >= 0 && jitterMs < 10).toBe(true);
});

it('spreads cuts evenly around what was asked for', () => {
  const { toServer } = resolveFaults({ cutEveryBytes: 1000, cutSpread: 0.2 });
  const cuts = Array.from({ length: 2000 }, (_, index) => cutAfterBytes(place(9, index + 1), toServer) as number);
  expect(Math.min(...cuts)).toBeGreaterThanOrEqual(800);
  expect(Math.max(...cuts)).toBeLessThanOrEqual(1200);
  expect(Math.abs(cuts.reduce((sum, cut) => sum + cut, 0) / cuts.length - 1000)).toBeLessThan(10);
  expect(new Set(cuts).size).toBeGreaterThan(300);
  const exact = resolveFaults({ cutEveryBytes: 1, cutSpread: 1 }).toServer;
  expect(cutAfterBytes(place(9, 1), exact)).toBeGreaterThanOrEqual(1);
  expect(cutAfterBytes(place(9, 1), resolveFaults({}).toServer)).toBeUndefined();
});
