import { expect, it } from 'vitest';
import { derivedSeed, seededRandom } from '../../../load/faults/random.js';

function draws(seed: number, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
}

it('gives the same numbers for the same seed, whatever is drawn elsewhere', () => {
  const one = seededRandom(7);
  const other = seededRandom(8);
  const mixed = Array.from({ length: 50 }, () => {
    other();
    return one();
  });
  expect(mixed).toEqual(draws(7, 50));
  expect(mixed).not.toEqual(draws(8, 50));
});

it('spreads over the whole range, from neighbouring seeds too', () => {
  for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
    const counts = new Array<number>(10).fill(0);
    for (const number of draws(seed, 10_000)) {
      counts[Math.floor(number * 10)] = (counts[Math.floor(number * 10)] as number) + 1;
    }
    expect(counts).toHaveLength(10);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  }
  const firsts = Array.from({ length: 1000 }, (_, seed) => draws(seed, 1)[0] as number);
  expect(new Set(firsts).size).toBe(1000);
  expect(Math.abs(firsts.reduce((sum, first) => sum + first, 0) / 1000 - 0.5)).toBeLessThan(0.05);
});

it('derives seeds that depend on every part, its place, and what is beyond 32 bits', () => {
  const seeds = [
    derivedSeed(1),
    derivedSeed(2),
    derivedSeed(1, 0),
    derivedSeed(1, 1),
    derivedSeed(1, 1, 2),
    derivedSeed(1, 2, 1),
    derivedSeed(1, 2 ** 32),
    derivedSeed(1, 2 ** 33),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(derivedSeed(1, 2, 1)).toBe(derivedSeed(1, 2, 1));
});
