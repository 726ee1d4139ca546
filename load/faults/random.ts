/**
 * Random numbers that a seed repeats, for faults and loads that have to be the same in every run of a failing seed.
 *
 * SplitMix with 32 bits of state: a counter that grows by the golden ratio (Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014), mixed by the finalizer of MurmurHash3 (Appleby, 2011). Good enough to
 * spread faults, and not for secrets: the period is 2^32.
 */

const goldenRatio = 0x9e3779b9;
const range = 2 ** 32;

/**
 * A generator of its own state: numbers from 0 (included) to 1 (not included), the same ones for the same seed.
 * @param seed a whole number; its lowest 32 bits count
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + goldenRatio) >>> 0;
    return mixed(state) / range;
  };
}

/** A seed that depends on another one and on every part and its place: whole numbers from 0 to 2^53 - 1. O(parts). */
export function derivedSeed(seed: number, ...parts: readonly number[]): number {
  let state = mixed(seed >>> 0);
  for (const part of parts) {
    state = mixed((state + goldenRatio + (part >>> 0)) >>> 0);
    state = mixed((state + goldenRatio + Math.floor(part / range)) >>> 0);
  }
  return state;
}

function mixed(state: number): number {
  let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
