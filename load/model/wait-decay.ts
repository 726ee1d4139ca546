/**
 * How slowly long waits get rarer: P(W > t) falls like e^−(t/d) for large t. Source: Y. Takahashi, "Asymptotic
 * exponentiality of the tail of the waiting-time distribution in a PH/PH/c queue", Advances in Applied Probability 13
 * (1981): E[e^(S/(c·d))] = 1 + 1/(λ·d). For exponential service d is 1 / (cμ − λ).
 */
import { firstReaching } from './bisection.js';
import type { ServiceTime } from './service-time.js';
import { checkStable, type Station } from './station.js';

/** In milliseconds. @param service exponential or hyperexponential, with the mean of the station */
export function waitDecayMs(station: Station, service: ServiceTime): number {
  checkStable(station);
  const slowestMs = Math.max(...service.branches.map(({ meanMs }) => meanMs));
  if (service.constantMs > 0 || slowestMs === 0) {
    throw new RangeError(`expected service without a constant part, got ${service.name}`);
  }
  // Both sides less 1 and times c·d: Σ p·m / (1 − m/(c·d)) = c/λ. It is solved for the share slowest/(c·d), from 0 to
  // below 1, by its odds: so it cannot step over the pole.
  const betweenStartsMs = (station.slots * 1000) / station.ratePerS;
  const rises = (odds: number): number => {
    const share = odds / (1 + odds);
    let sum = 0;
    for (const { probability, meanMs } of service.branches) {
      sum += (probability * meanMs) / (1 - (share * meanMs) / slowestMs);
    }
    return sum;
  };
  const odds = firstReaching(rises, betweenStartsMs, 1);
  return (slowestMs * (1 + odds)) / (odds * station.slots);
}
