/**
 * M/M/c/K: as M/M/c, but at most K events are inside, in slots and waiting together; an arrival that finds K is
 * refused. Exact, at any utilisation. Source: D. Gross and C. M. Harris, "Fundamentals of Queueing Theory", 3rd
 * edition, section 2.4.
 */
import { meanTimeMs } from './littles-law.js';
import { checkWhole } from './number-checks.js';
import { checkStation, offeredLoad, type Station } from './station.js';

export interface BoundedStation extends Station {
  /** K, the slots included: from `slots` to `insideMax`. */
  readonly capacity: number;
}

export interface BoundedQueue {
  /** Probability that 0, 1, … K are inside. */
  readonly probabilities: readonly number[];
  /** Share of the arrivals that is refused: by the PASTA property that of the time at which K are inside. */
  readonly blocked: number;
  /** Mean number that waits, and mean number inside. */
  readonly queueLengthMean: number;
  readonly insideMean: number;
  /** Mean wait, and mean time inside, of those that were let in. */
  readonly waitMeanMs: number;
  readonly responseMeanMs: number;
  /** Events that are let in, and so served, per second. */
  readonly throughputPerS: number;
  /** Share of the time that a slot is busy. */
  readonly utilisation: number;
}

const insideMax = 1_000_000;

/** O(capacity), in time and in space. @throws RangeError when a field is outside its range */
export function boundedQueue(station: BoundedStation): BoundedQueue {
  checkStation(station);
  checkWhole('capacity', station.capacity, station.slots, insideMax);
  const probabilities = probabilitiesOf(station);
  let queueLengthMean = 0;
  let insideMean = 0;
  for (const [inside, probability] of probabilities.entries()) {
    insideMean += inside * probability;
    queueLengthMean += Math.max(0, inside - station.slots) * probability;
  }
  const blocked = probabilities[station.capacity] ?? 0;
  const throughputPerS = station.ratePerS * (1 - blocked);
  return {
    probabilities,
    blocked,
    queueLengthMean,
    insideMean,
    waitMeanMs: meanTimeMs(queueLengthMean, throughputPerS),
    responseMeanMs: meanTimeMs(insideMean, throughputPerS),
    throughputPerS,
    utilisation: (insideMean - queueLengthMean) / station.slots,
  };
}

/** By the ratio a / min(n, c) of neighbours, both ways from the likeliest: nothing grows, so nothing overflows. */
function probabilitiesOf({ slots, capacity, ...station }: BoundedStation): number[] {
  const load = offeredLoad(station);
  const likeliest = load >= slots ? capacity : Math.floor(load);
  const weights = new Array<number>(capacity + 1).fill(0);
  weights[likeliest] = 1;
  for (let n = likeliest + 1; n <= capacity; n++) weights[n] = ((weights[n - 1] ?? 0) * load) / Math.min(n, slots);
  for (let n = likeliest; n > 0; n--) weights[n - 1] = ((weights[n] ?? 0) * Math.min(n, slots)) / load;
  let sum = 0;
  for (const weight of weights) sum += weight;
  return weights.map((weight) => weight / sum);
}
