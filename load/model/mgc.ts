/**
 * M/G/c and G/G/c: any service and any independent arrivals, known by their means and coefficients of variation.
 *
 * The mean wait is the approximation of Allen and Cunneen, the mean of M/M/c times (ca² + cs²) / 2: A. O. Allen,
 * "Probability, Statistics, and Queueing Theory", 2nd edition, chapter 5. With one slot it is J. F. C. Kingman's, "The
 * single server queue in heavy traffic", Proceedings of the Cambridge Philosophical Society 57 (1961), and for Poisson
 * arrivals then exact: the formula of Pollaczek and Khinchine.
 *
 * The distribution of the wait is approximated by: an arrival waits with the probability of M/M/c, and who waits does
 * so for an exponential time, whose mean fits the mean wait. That waits become exponential when traffic is heavy is
 * shown by J. Köllerström, "Heavy traffic theory for queues with several servers", Journal of Applied Probability 11
 * (1974); that about as many wait as in M/M/c, is used by W. Whitt, "Approximations for the GI/G/m queue", Production
 * and Operations Management 2 (1993). Exact for M/M/c.
 */
import { waitingWaitMeanMs, waitProbability } from './erlang-c.js';
import { checkBetween, checkShare } from './number-checks.js';
import { checkStable, type Station, utilisationOf } from './station.js';

export interface GeneralStation extends Station {
  /** Coefficient of variation, standard deviation by mean, of the service: 0 is constant, 1 exponential. */
  readonly serviceCv: number;
  /** The same for the time between arrivals. @default 1, as in a Poisson process */
  readonly arrivalCv?: number;
}

/** Of more the two first moments say little. */
export const cvMax = 100;

/** A wait that is 0 for most, and exponential for those that wait. */
export interface ApproximateWait {
  /** Probability to wait at all. */
  readonly probability: number;
  /** Mean of those that wait. */
  readonly waitingMeanMs: number;
}

/** See above. O(slots). @throws RangeError when a field is outside its range, or there is no steady state */
export function approximateWait(station: GeneralStation): ApproximateWait {
  const arrivalCv = station.arrivalCv ?? 1;
  checkBetween('serviceCv', station.serviceCv, 0, cvMax);
  checkBetween('arrivalCv', arrivalCv, 0, cvMax);
  const variation = (arrivalCv ** 2 + station.serviceCv ** 2) / 2;
  return { probability: waitProbability(station), waitingMeanMs: waitingWaitMeanMs(station) * variation };
}

/** Mean wait by Allen and Cunneen. */
export function waitMeanMs(station: GeneralStation): number {
  const { probability, waitingMeanMs } = approximateWait(station);
  return probability * waitingMeanMs;
}

/** The wait that a share of the arrivals does not exceed, by the exponential tail. */
export function waitQuantileMs(station: GeneralStation, share: number): number {
  checkShare('share', share);
  const { probability, waitingMeanMs } = approximateWait(station);
  return Math.max(0, Math.log(probability / (1 - share))) * waitingMeanMs;
}

/**
 * Exact mean wait of M/G/1: F. Pollaczek, 1930, and A. Y. Khinchine, 1932; L. Kleinrock, "Queueing Systems", volume 1,
 * section 5.6: λ·E[S²] / (2(1 − ρ)).
 */
export function pollaczekKhinchineMs({ ratePerS, serviceMs, serviceCv }: Omit<GeneralStation, 'slots'>): number {
  const station = { slots: 1, ratePerS, serviceMs };
  checkStable(station);
  checkBetween('serviceCv', serviceCv, 0, cvMax);
  const secondMoment = serviceMs ** 2 * (1 + serviceCv ** 2);
  return ((ratePerS / 1000) * secondMoment) / (2 * (1 - utilisationOf(station)));
}
