/** What theory expects of a measurement: Poisson arrivals, one pipeline, a handler of known service times. */
import { cosmetatosWaitMeanMs } from './cosmetatos.js';
import * as mmc from './erlang-c.js';
import { meanInside } from './littles-law.js';
import { constantServiceQueue, constantServiceWaitQuantileMs, constantUtilisationMax } from './mdc.js';
import * as mgc from './mgc.js';
import { type Station, utilisationOf } from './station.js';

export type ServiceKind = 'deterministic' | 'exponential';

export interface PredictOptions extends Station {
  readonly service: ServiceKind;
}

export interface Prediction {
  readonly waitMeanMs: number;
  readonly waitP95Ms: number;
  /** Mean number that waits, those in slots not counted. */
  readonly queueLengthMean: number;
  /** What comes in, since nothing is refused. */
  readonly throughputPerS: number;
  readonly utilisation: number;
  /** What the wait was computed by. */
  readonly formula: 'M/M/c, exact' | 'M/D/c, exact' | 'M/D/c, approximate';
}

const tailShare = 0.95;

/**
 * Approximate only for constant service at a utilisation above `constantUtilisationMax`: the mean by Cosmetatos, the
 * percentile by the exponential tail.
 * @throws RangeError when a field is outside its range, or the utilisation 1 or more
 */
export function predict(options: PredictOptions): Prediction {
  const wait = waitOf(options);
  return {
    ...wait,
    queueLengthMean: meanInside(options.ratePerS, wait.waitMeanMs),
    throughputPerS: options.ratePerS,
    utilisation: utilisationOf(options),
  };
}

function waitOf(options: PredictOptions): Pick<Prediction, 'waitMeanMs' | 'waitP95Ms' | 'formula'> {
  if (options.service === 'exponential') {
    const waitP95Ms = mmc.waitQuantileMs(options, tailShare);
    return { waitMeanMs: mmc.waitMeanMs(options), waitP95Ms, formula: 'M/M/c, exact' };
  }
  const utilisation = utilisationOf(options);
  if (utilisation > constantUtilisationMax && utilisation < 1) {
    const waitP95Ms = mgc.waitQuantileMs({ ...options, serviceCv: 0 }, tailShare);
    return { waitMeanMs: cosmetatosWaitMeanMs(options), waitP95Ms, formula: 'M/D/c, approximate' };
  }
  const queue = constantServiceQueue(options);
  const waitP95Ms = constantServiceWaitQuantileMs(queue, tailShare);
  return { waitMeanMs: queue.waitMeanMs, waitP95Ms, formula: 'M/D/c, exact' };
}
