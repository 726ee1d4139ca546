/**
 * Latency, the wait and the service together. In the order of arrival a wait does not depend on the service that
 * follows it, so the distribution of the sum is the convolution of the two: exact, if they are. It is not the sum of
 * their percentiles, which for high ones is larger.
 */
import { firstReaching } from './bisection.js';
import { exponentialSumTail } from './exponential-sum.js';
import type { ApproximateWait } from './mgc.js';
import { checkShare } from './number-checks.js';
import { type ServiceTime, serviceTail } from './service-time.js';

/** P(W + S > t). */
export function latencyTail(wait: ApproximateWait, service: ServiceTime, tMs: number): number {
  const restMs = tMs - service.constantMs;
  if (restMs < 0) return 1;
  let tail = (1 - wait.probability) * serviceTail(service, tMs);
  for (const { probability, meanMs } of service.branches) {
    const sum =
      meanMs === 0 ? Math.exp(-restMs / wait.waitingMeanMs) : exponentialSumTail(meanMs, wait.waitingMeanMs, restMs);
    tail += wait.probability * probability * sum;
  }
  return tail;
}

/** The latency that a share of the events does not exceed. */
export function latencyQuantileMs(wait: ApproximateWait, service: ServiceTime, share: number): number {
  checkShare('share', share);
  const scale = service.constantMs + wait.waitingMeanMs;
  return firstReaching((tMs) => 1 - latencyTail(wait, service, tMs), share, scale);
}
