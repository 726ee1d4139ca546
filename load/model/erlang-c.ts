/**
 * M/M/c: Poisson arrivals, exponential service, c slots, an endless queue in the order of arrival. Exact. Sources:
 * A. K. Erlang, 1917; D. Gross and C. M. Harris, "Fundamentals of Queueing Theory", 3rd edition, section 2.3.
 */
import { firstReaching } from './bisection.js';
import { erlangB } from './erlang-b.js';
import { exponentialSumTail } from './exponential-sum.js';
import { checkShare } from './number-checks.js';
import { checkStable, offeredLoad, type Station, utilisationOf } from './station.js';

/** Erlang C: the probability that an arrival has to wait, from Erlang B by C = B / (1 − ρ(1 − B)). O(slots). */
export function waitProbability(station: Station): number {
  checkStable(station);
  const blocked = erlangB(station.slots, offeredLoad(station));
  return blocked / (1 - utilisationOf(station) * (1 - blocked));
}

/** Mean wait of those that have to: 1 / (cμ − λ). */
export function waitingWaitMeanMs(station: Station): number {
  checkStable(station);
  return station.serviceMs / (station.slots - offeredLoad(station));
}

/** Mean wait of all, of whom most may not wait: C / (cμ − λ). */
export function waitMeanMs(station: Station): number {
  return waitProbability(station) * waitingWaitMeanMs(station);
}

/** Mean number that waits, those in slots not counted: C·ρ / (1 − ρ). */
export function queueLengthMean(station: Station): number {
  const utilisation = utilisationOf(station);
  return (waitProbability(station) * utilisation) / (1 - utilisation);
}

/** P(W > t) = C·e^(−(cμ−λ)t). */
export function waitTail(station: Station, tMs: number): number {
  return waitProbability(station) * Math.exp(-Math.max(0, tMs) / waitingWaitMeanMs(station));
}

/** The wait that a share of the arrivals does not exceed: `waitQuantileMs(station, 0.99)` is the 99th percentile. */
export function waitQuantileMs(station: Station, share: number): number {
  checkShare('share', share);
  return Math.max(0, Math.log(waitProbability(station) / (1 - share))) * waitingWaitMeanMs(station);
}

/** P(W + S > t): those that wait take the sum of two exponential times, the others one. */
export function responseTail(station: Station, tMs: number): number {
  return responseTailWith(station, waitProbability(station), tMs);
}

/** The time from arrival to the end of service that a share of the arrivals does not exceed. */
export function responseQuantileMs(station: Station, share: number): number {
  checkShare('share', share);
  const waits = waitProbability(station);
  return firstReaching((tMs) => 1 - responseTailWith(station, waits, tMs), share, station.serviceMs);
}

function responseTailWith(station: Station, waits: number, tMs: number): number {
  if (tMs <= 0) return 1;
  const sum = exponentialSumTail(station.serviceMs, waitingWaitMeanMs(station), tMs);
  return (1 - waits) * Math.exp(-tMs / station.serviceMs) + waits * sum;
}
