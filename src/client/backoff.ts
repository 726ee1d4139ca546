/**
 * How long to wait before the next attempt to connect: a random time up to a bound that doubles, so that those who lost
 * their connections together do not come back together ("full jitter", Marc Brooker, AWS Architecture Blog, 2015).
 */
import type { BackoffBounds } from './bounds.js';

/** Doublings after which the bound is the longest one in any case. */
const doublingsMax = 30;

/**
 * @param attempt 1 for the first after a connection
 * @param random from 0 to 1, exclusive
 */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffBounds, random: number): number {
  const bound = Math.min(maxMs, minMs * 2 ** Math.min(attempt - 1, doublingsMax));
  return Math.round(random * bound);
}
