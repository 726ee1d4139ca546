/**
 * Mean wait of M/G/c for service that varies less than exponentially: between the means of M/D/c and of M/M/c. With
 * many slots the approximation of Allen and Cunneen is too short there. Source: T. Kimura, "A two-moment approximation
 * for the mean waiting time in the GI/G/s queue", Management Science 32 (1986), with the mean of M/D/c by Cosmetatos.
 */
import { cosmetatosWaitMeanMs } from './cosmetatos.js';
import { waitMeanMs } from './erlang-c.js';
import type { GeneralStation } from './mgc.js';
import { checkBetween } from './number-checks.js';

/** Of Poisson arrivals. @throws RangeError when a field is outside its range; `serviceCv` has to be 0 to 1 */
export function kimuraWaitMeanMs(station: Omit<GeneralStation, 'arrivalCv'>): number {
  checkBetween('serviceCv', station.serviceCv, 0, 1);
  const variance = station.serviceCv ** 2;
  const exponential = waitMeanMs(station);
  // Constant service never waits longer: the mean grows with the service in convex order.
  const constant = Math.min(exponential, cosmetatosWaitMeanMs(station));
  if (constant === 0) return 0;
  return (1 + variance) / ((2 * variance) / exponential + (1 - variance) / constant);
}
