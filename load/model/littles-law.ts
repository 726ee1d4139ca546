/**
 * Little's law, L = λW: the mean number inside is the rate of arrivals times the mean time inside, for any order of
 * service and any distribution, as long as both means exist. "Inside" is the queue, the slots, or both together.
 * Source: J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9 (1961).
 */
import { checkBetween, checkPositive } from './number-checks.js';

/** L = λW. @param timeMs mean time inside, 0 or more. */
export function meanInside(ratePerS: number, timeMs: number): number {
  checkBetween('ratePerS', ratePerS, 0, Number.MAX_VALUE);
  checkBetween('timeMs', timeMs, 0, Number.MAX_VALUE);
  return (ratePerS * timeMs) / 1000;
}

/** W = L/λ, in milliseconds. */
export function meanTimeMs(inside: number, ratePerS: number): number {
  checkBetween('inside', inside, 0, Number.MAX_VALUE);
  checkPositive('ratePerS', ratePerS);
  return (inside / ratePerS) * 1000;
}

/** λ = L/W, per second. */
export function meanRatePerS(inside: number, timeMs: number): number {
  checkBetween('inside', inside, 0, Number.MAX_VALUE);
  checkPositive('timeMs', timeMs);
  return (inside / timeMs) * 1000;
}
