/**
 * M/D/c: Poisson arrivals, service of constant length, c slots, in the order of arrival. Exact, up to a utilisation
 * where the sums become long.
 *
 * Looked at once per service time, the number that waits follows Q′ = max(0, Q + A − c), with A arrivals in that time:
 * whoever was in a slot has left (C. D. Crommelin, "Delay probability formulas when the holding times are constant",
 * Post Office Electrical Engineers' Journal 25, 1932). Such a walk has a compound Poisson limit, in which w(j) =
 * Σ P(A₁ + … + Aₙ = nc + j) / n is the rate of jumps by j: F. Spitzer, "A combinatorial lemma and its application to
 * probability theory", Transactions of the AMS 82 (1956). Its probabilities follow from H. H. Panjer, "Recursive
 * evaluation of a family of compound distributions", ASTIN Bulletin 12 (1981). All terms are positive, so no digits are
 * lost. The wait follows from the queue: G. J. Franx, "A simple solution for the M/D/c waiting time distribution",
 * Operations Research Letters 29 (2001).
 */
import { firstReaching } from './bisection.js';
import { meanTimeMs } from './littles-law.js';
import { checkShare } from './number-checks.js';
import { poissonProbability } from './poisson.js';
import { checkStable, type Station, utilisationOf } from './station.js';

export interface ConstantServiceQueue {
  readonly station: Station;
  readonly queueLengthMean: number;
  readonly waitMeanMs: number;
  /** P(at most i wait); beyond its end it is 1. */
  readonly queueAtMost: readonly number[];
}

/** Above it the sums take millions of terms. */
export const constantUtilisationMax = 0.97;

/** Terms below e^−32 are left out. */
const negligible = 32;

/** @throws RangeError when a field is outside its range, or the utilisation above `constantUtilisationMax` */
export function constantServiceQueue(station: Station): ConstantServiceQueue {
  checkStable(station);
  const utilisation = utilisationOf(station);
  if (utilisation > constantUtilisationMax) {
    throw new RangeError(`expected a utilisation of at most ${constantUtilisationMax}, got ${utilisation}`);
  }
  const jumps = jumpRates(station.slots, utilisation);
  let queueLengthMean = 0;
  for (const [j, rate] of jumps.entries()) queueLengthMean += j * rate;
  return {
    station,
    queueLengthMean,
    waitMeanMs: meanTimeMs(queueLengthMean, station.ratePerS),
    queueAtMost: compoundPoisson(jumps),
  };
}

/** P(W ≤ t). With k whole services until then, kc starts are certain, so fewer than kc may be ahead. */
export function constantServiceWaitAtMost({ station, queueAtMost }: ConstantServiceQueue, tMs: number): number {
  const services = Math.floor(tMs / station.serviceMs) + 1;
  const starts = services * station.slots;
  const mean = (station.ratePerS * (services * station.serviceMs - tMs)) / 1000;
  if (!(mean > 0)) return queueAtMost[starts - 1] ?? 1;
  const spread = Math.ceil(10 * Math.sqrt(mean) + negligible);
  const first = Math.max(0, Math.floor(mean) - spread);
  const last = Math.min(starts - 1, Math.ceil(mean) + spread);
  let probability = 0;
  let arrivals = poissonProbability(first, mean);
  for (let j = first; j <= last; j++) {
    probability += arrivals * (queueAtMost[starts - 1 - j] ?? 1);
    arrivals *= mean / (j + 1);
  }
  return Math.min(1, probability);
}

/** The wait that a share of the arrivals does not exceed. @param share below 1 − 10⁻⁹ */
export function constantServiceWaitQuantileMs(queue: ConstantServiceQueue, share: number): number {
  checkShare('share', share);
  return firstReaching((tMs) => constantServiceWaitAtMost(queue, tMs), share, queue.station.serviceMs);
}

/** w(0) = 0, w(1), …, as far as they count. */
function jumpRates(slots: number, utilisation: number): number[] {
  const rates = new Array<number>(1 + Math.ceil(negligible / Math.log(tailRatio(utilisation)))).fill(0);
  // P(A₁ + … + Aₙ ≥ nc) is below e^(−nc·exponent): the bound of Chernoff.
  const exponent = utilisation - 1 - Math.log(utilisation);
  const terms = Math.ceil(negligible / (slots * exponent));
  for (let n = 1; n <= terms; n++) {
    const mean = n * slots * utilisation;
    let probability = poissonProbability(n * slots, mean);
    for (let j = 1; j < rates.length && probability > 1e-20; j++) {
      probability *= mean / (n * slots + j);
      rates[j] = (rates[j] ?? 0) + probability / n;
    }
  }
  return rates;
}

/** The root z > 1 of z = e^(ρ(z−1)): P(Q ≥ i) falls like z^−i. Newton's steps from above, where the curve is convex. */
function tailRatio(utilisation: number): number {
  let z = 1 + 2 / utilisation ** 2;
  for (let step = 0; step < 200; step++) {
    const next = z - (utilisation * (z - 1) - Math.log(z)) / (utilisation - 1 / z);
    if (Math.abs(next - z) < 1e-12 * z) break;
    z = next;
  }
  return z;
}

/** P(Q ≤ 0), P(Q ≤ 1), … by Panjer's recursion. O(jumps²). */
function compoundPoisson(jumps: readonly number[]): number[] {
  const exactly = [Math.exp(-jumps.reduce((sum, rate) => sum + rate, 0))];
  const atMost = [...exactly];
  for (let i = 1; i < jumps.length; i++) {
    let sum = 0;
    for (let j = 1; j <= i; j++) sum += j * (jumps[j] ?? 0) * (exactly[i - j] ?? 0);
    exactly.push(sum / i);
    atMost.push((atMost[i - 1] ?? 0) + sum / i);
  }
  return atMost;
}
