/**
 * A distribution of service times with a given mean and coefficient of variation. Two moments do not name one; these
 * are the usual choices, for which the sum with an exponential wait has a closed form (W. Whitt, "Approximating a point
 * process by a renewal process, I: two basic methods", Operations Research 30, 1982):
 *
 * - 0: constant
 * - up to 1: a constant part and an exponential rest, with 1 exponential. Its tail is longer than a gamma
 *   distribution's of the same moments, so that high percentiles are rather too large.
 * - above 1: hyperexponential with balanced means, two kinds of events of which each takes half of the whole time.
 */
import { firstReaching } from './bisection.js';
import { cvMax } from './mgc.js';
import { checkBetween, checkPositive, checkShare } from './number-checks.js';

/** A constant part, and one of several exponential ones. */
export interface ServiceTime {
  readonly name: 'constant' | 'constant plus exponential' | 'exponential' | 'hyperexponential';
  readonly constantMs: number;
  readonly branches: readonly ServiceBranch[];
}

/** Less variation than this is none: beside the mean it is lost in the digits of a double. */
const cvMin = 1e-9;

export interface ServiceBranch {
  readonly probability: number;
  /** 0 when there is no exponential part. */
  readonly meanMs: number;
}

/** See above. @throws RangeError when a field is outside its range */
export function serviceTimeOf(serviceMs: number, cv: number): ServiceTime {
  checkPositive('serviceMs', serviceMs);
  checkBetween('cv', cv, 0, cvMax);
  if (cv > 1) return hyperexponential(serviceMs, cv);
  if (cv < cvMin) return { name: 'constant', constantMs: serviceMs, branches: [{ probability: 1, meanMs: 0 }] };
  const name = cv === 1 ? 'exponential' : 'constant plus exponential';
  return { name, constantMs: (1 - cv) * serviceMs, branches: [{ probability: 1, meanMs: cv * serviceMs }] };
}

/** P(S > t). */
export function serviceTail({ constantMs, branches }: ServiceTime, tMs: number): number {
  const restMs = tMs - constantMs;
  if (restMs < 0) return 1;
  let tail = 0;
  for (const { probability, meanMs } of branches) tail += meanMs === 0 ? 0 : probability * Math.exp(-restMs / meanMs);
  return tail;
}

/** The service time that a share of the events does not exceed. */
export function serviceQuantileMs(service: ServiceTime, share: number): number {
  checkShare('share', share);
  const scale = service.constantMs + (service.branches[0]?.meanMs ?? 0);
  return firstReaching((tMs) => 1 - serviceTail(service, tMs), share, scale);
}

function hyperexponential(serviceMs: number, cv: number): ServiceTime {
  const oftener = (1 + Math.sqrt((cv ** 2 - 1) / (cv ** 2 + 1))) / 2;
  const branches = [oftener, 1 - oftener].map((probability) => ({
    probability,
    meanMs: serviceMs / (2 * probability),
  }));
  return { name: 'hyperexponential', constantMs: 0, branches };
}
