/**
 * What is left to chance. Each number depends on the seed, the connection, the direction and the byte offset, and not on
 * what was drawn before: connections that run side by side do not change each other's faults.
 */
import { type Direction, directions, type ResolvedDirectionFaults } from './faults.js';
import { derivedSeed, seededRandom } from './random.js';

/** One direction of one connection under one seed. */
export interface Place {
  readonly seed: number;
  /** Counted from 1 in the order of arrival. */
  readonly connection: number;
  readonly direction: Direction;
}

const purposes = { jitter: 1, cut: 2 } as const;

/** What a read that starts at this offset waits on top of the latency: 0 to `jitterMs`. */
export function jitterAt(place: Place, offset: number, jitterMs: number): number {
  return jitterMs === 0 ? 0 : draw(place, purposes.jitter, offset) * jitterMs;
}

/** After how many bytes the connection is cut: at least one; undefined when it is not to be cut. */
export function cutAfterBytes(place: Place, faults: ResolvedDirectionFaults): number | undefined {
  const { cutEveryBytes, cutSpread } = faults;
  if (cutEveryBytes === undefined) return undefined;
  const share = 1 + cutSpread * (2 * draw(place, purposes.cut, 0) - 1);
  return Math.max(1, Math.round(cutEveryBytes * share));
}

function draw({ seed, connection, direction }: Place, purpose: number, offset: number): number {
  return seededRandom(derivedSeed(seed, purpose, connection, directions.indexOf(direction), offset))();
}
