/** How many slots, and how long a queue, a load needs so that a percentile of the latency stays within a target. */
import { kimuraWaitMeanMs } from './kimura.js';
import { latencyQuantileMs, latencyTail } from './latency.js';
import { meanInside, meanRatePerS } from './littles-law.js';
import { type ApproximateWait, approximateWait, type GeneralStation } from './mgc.js';
import { checkBetween, checkPositive } from './number-checks.js';
import { assumptionsOf } from './plan-assumptions.js';
import { type ServiceTime, serviceQuantileMs, serviceTail, serviceTimeOf } from './service-time.js';
import { offeredLoad, slotsMax, utilisationOf } from './station.js';
import { waitDecayMs } from './wait-decay.js';

export interface PlanOptions {
  /** Events that arrive per second. */
  readonly ratePerS: number;
  /** Mean time the handler takes for an event, in milliseconds. */
  readonly serviceMs: number;
  /** Standard deviation of that time by its mean: 0 is constant, 1 exponential; 100 at most. */
  readonly cv: number;
  /** In percent: 99 is the 99th. From 1 to 99.99. */
  readonly percentile: number;
  /** What it may be, from the arrival of the event to the end of its service. */
  readonly targetMs: number;
  /** Share of the rate that may come on top: with 0.2 everything is planned for 1.2 times as many. @default 0 */
  readonly headroom?: number;
}

export interface Plan {
  readonly kind: 'plan';
  /** Smallest number of slots that meets the target. */
  readonly slots: number;
  /** What was planned for, headroom included. */
  readonly ratePerS: number;
  readonly utilisation: number;
  /** Rate at which these slots are always busy, and from which on the queue grows for ever. */
  readonly ratePerSMax: number;
  readonly waitProbability: number;
  readonly waitMeanMs: number;
  /** The asked percentile of the wait, of the service, and of both together: the last is not the sum. */
  readonly waitPercentileMs: number;
  readonly servicePercentileMs: number;
  readonly latencyPercentileMs: number;
  readonly latencyMeanMs: number;
  /** Mean number that waits, those in slots not counted. */
  readonly queueLengthMean: number;
  /** Places to wait, so that less than 1 arrival in 100,000 finds them all taken. 0 when so few find all slots busy. */
  readonly queueCapacity: number;
  readonly service: ServiceTime['name'];
  readonly assumptions: readonly string[];
}

/** No number of slots meets the target. */
export interface NoPlan {
  readonly kind: 'no-plan';
  /** `expected X, got Y`. */
  readonly reason: string;
}

/** What finds the queue full may be less than this share of all arrivals. */
const fullShareMax = 1e-5;

const tooMany = `expected a load for at most ${slotsMax} slots, got one for more`;

/** @throws RangeError when an option is outside its range. O(slots · log slots). */
export function plan(options: PlanOptions): Plan | NoPlan {
  checkOptions(options);
  const { serviceMs, cv, percentile, targetMs } = options;
  const ratePerS = options.ratePerS * (1 + (options.headroom ?? 0));
  const service = serviceTimeOf(serviceMs, cv);
  const share = percentile / 100;
  if (serviceTail(service, targetMs) > 1 - share) return tooShort(options, service);
  const stationOf = (slots: number): GeneralStation => ({ slots, ratePerS, serviceMs, serviceCv: cv });
  const isMet = (slots: number): boolean =>
    latencyTail(planWait(stationOf(slots), service).tail, service, targetMs) <= 1 - share;
  const slots = smallest(isMet, Math.floor(offeredLoad({ ratePerS, serviceMs })) + 1);
  if (slots === undefined) return { kind: 'no-plan', reason: tooMany };
  return planOf(stationOf(slots), service, share);
}

/** The wait as a plan has it: `mean` for means, and `tail`, whose mean is the same or longer, for percentiles. */
export interface PlanWait {
  readonly meanMs: number;
  readonly tail: ApproximateWait;
}

/**
 * Up to a variation of 1 the mean is Kimura's, above it Allen's and Cunneen's. There the tail has the decay that long
 * waits really have where that is slower: with few slots and little load the mean alone makes it too short.
 */
export function planWait(station: GeneralStation, service: ServiceTime): PlanWait {
  const { probability, waitingMeanMs } = approximateWait(station);
  if (station.serviceCv > 1) {
    const tailMs = Math.max(waitingMeanMs, waitDecayMs(station, service));
    return { meanMs: probability * waitingMeanMs, tail: { probability, waitingMeanMs: tailMs } };
  }
  const meanMs = kimuraWaitMeanMs(station);
  return { meanMs, tail: { probability, waitingMeanMs: meanMs === 0 ? waitingMeanMs : meanMs / probability } };
}

function checkOptions({ ratePerS, serviceMs, percentile, targetMs, headroom }: PlanOptions): void {
  checkPositive('ratePerS', ratePerS);
  checkPositive('serviceMs', serviceMs);
  checkPositive('targetMs', targetMs);
  checkBetween('percentile', percentile, 1, 99.99);
  checkBetween('headroom', headroom ?? 0, 0, 100);
}

function tooShort({ percentile, targetMs }: PlanOptions, service: ServiceTime): NoPlan {
  const own = Number(serviceQuantileMs(service, percentile / 100).toPrecision(4));
  const reason =
    `expected a target of at least ${own} ms, which the service alone takes at the ${percentile}th percentile ` +
    `(${service.name}), got ${targetMs} ms`;
  return { kind: 'no-plan', reason };
}

/** Smallest number from `least` on that meets a condition which, once met, stays met. */
function smallest(isMet: (slots: number) => boolean, least: number): number | undefined {
  if (least > slotsMax) return undefined;
  let low = least;
  let high = least;
  for (let step = 1; !isMet(high); step *= 2) {
    if (high === slotsMax) return undefined;
    low = high + 1;
    high = Math.min(slotsMax, high + step);
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isMet(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

function planOf(station: GeneralStation, service: ServiceTime, share: number): Plan {
  const { meanMs: waitMeanMs, tail: wait } = planWait(station, service);
  return {
    kind: 'plan',
    slots: station.slots,
    ratePerS: station.ratePerS,
    utilisation: utilisationOf(station),
    ratePerSMax: meanRatePerS(station.slots, station.serviceMs),
    waitProbability: wait.probability,
    waitMeanMs,
    waitPercentileMs: Math.max(0, Math.log(wait.probability / (1 - share))) * wait.waitingMeanMs,
    servicePercentileMs: serviceQuantileMs(service, share),
    latencyPercentileMs: latencyQuantileMs(wait, service, share),
    latencyMeanMs: waitMeanMs + station.serviceMs,
    queueLengthMean: meanInside(station.ratePerS, waitMeanMs),
    queueCapacity: queueCapacityOf(wait, station.ratePerS),
    service: service.name,
    assumptions: assumptionsOf(service),
  };
}

/**
 * In the order of arrival, who waits when an event gets its slot arrived during its wait: the distributional form of
 * Little's law (J. Keilson and L. D. Servi, "A distributional form of Little's law", Operations Research Letters 7,
 * 1988). During an exponential wait of mean m, k or more arrive with the probability (λ / (λ + 1/m))^k; for M/M/c that
 * is ρ^k. The queue is taken as endless, of which more is beyond the bound than arrivals are refused with one.
 */
function queueCapacityOf({ probability, waitingMeanMs }: ApproximateWait, ratePerS: number): number {
  if (probability < fullShareMax) return 0;
  const during = meanInside(ratePerS, waitingMeanMs);
  return Math.floor(Math.log(probability / fullShareMax) / Math.log1p(1 / during)) + 1;
}
