/** The point where a function that never falls first reaches a level. */

const doublingsMax = 1100;
const halvingsMax = 200;

/**
 * Smallest x ≥ 0 with `rises(x) >= level`, to the last bit of a double, never below it. @param scale where to look
 * first, above 0. @throws RangeError when the level is not reached at any finite x.
 */
export function firstReaching(rises: (x: number) => number, level: number, scale: number): number {
  if (rises(0) >= level) return 0;
  let low = 0;
  let high = scale;
  for (let step = 0; rises(high) < level; step++) {
    low = high;
    high *= 2;
    if (step === doublingsMax || high === Infinity) throw new RangeError(`expected ${level} to be reached, got never`);
  }
  for (let step = 0; step < halvingsMax; step++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (rises(middle) >= level) high = middle;
    else low = middle;
  }
  return high;
}
