/**
 * When events are due, whatever the server does meanwhile: the schedules of an open loop. A schedule is a function that
 * gives one due time after the other, in milliseconds since the start; the same seed gives the same times.
 */
import { seededRandom } from '../faults/random.js';

/** A schedule as plain data. Rates are events per second. */
export type Arrivals =
  /** Evenly spaced. */
  | { readonly kind: 'constant'; readonly ratePerS: number }
  /** Independent of each other: gaps are exponential (Kingman, Poisson Processes, 1993, section 4.1). */
  | { readonly kind: 'poisson'; readonly ratePerS: number }
  /** `size` events at one moment, `everyMs` apart. */
  | { readonly kind: 'bursts'; readonly size: number; readonly everyMs: number }
  /** Evenly spaced, the rate rising (or falling) in a straight line over `overMs`, and staying there. */
  | { readonly kind: 'ramp'; readonly fromPerS: number; readonly toPerS: number; readonly overMs: number }
  /** Poisson, a rate for each stretch of `stepMs`; the last one stays. */
  | { readonly kind: 'steps'; readonly ratesPerS: readonly number[]; readonly stepMs: number };

/** Gives the next due time at every call, never before the last one. */
export type Schedule = () => number;

const msPerS = 1000;

/** Starts a schedule. @throws RangeError when a rate, size or time is not above 0 */
export function schedule(arrivals: Arrivals, seed: number): Schedule {
  check(arrivals);
  switch (arrivals.kind) {
    case 'constant':
      return constant(arrivals.ratePerS);
    case 'poisson':
      return thinned(() => arrivals.ratePerS, seededRandom(seed));
    case 'bursts':
      return bursts(arrivals.size, arrivals.everyMs);
    case 'ramp':
      return ramp(arrivals.fromPerS, arrivals.toPerS, arrivals.overMs);
    default:
      return thinned((atMs) => stepAt(arrivals.ratesPerS, arrivals.stepMs, atMs), seededRandom(seed));
  }
}

/** Events per second that a schedule offers on average in its first `durationMs`. */
export function meanRatePerS(arrivals: Arrivals, durationMs: number): number {
  if (arrivals.kind === 'bursts') return (arrivals.size * msPerS) / arrivals.everyMs;
  if (arrivals.kind === 'ramp') return rampCount(arrivals, durationMs) / (durationMs / msPerS);
  if (arrivals.kind !== 'steps') return arrivals.ratePerS;
  const steps = Math.max(1, Math.ceil(durationMs / arrivals.stepMs));
  const rates = Array.from({ length: steps }, (_, step) =>
    stepAt(arrivals.ratesPerS, arrivals.stepMs, step * arrivals.stepMs),
  );
  return rates.reduce((sum, rate) => sum + rate, 0) / steps;
}

function constant(ratePerS: number): Schedule {
  let index = 0;
  return () => {
    const dueMs = (index * msPerS) / ratePerS;
    index += 1;
    return dueMs;
  };
}

/** The gap after each event is exponential with the rate that holds at its start. */
function thinned(rateAt: (atMs: number) => number, random: () => number): Schedule {
  let atMs = 0;
  return () => {
    // 1 − random is never 0, so the logarithm is finite.
    atMs += (-Math.log(1 - random()) * msPerS) / rateAt(atMs);
    return atMs;
  };
}

function bursts(size: number, everyMs: number): Schedule {
  let index = 0;
  return () => {
    const dueMs = Math.floor(index / size) * everyMs;
    index += 1;
    return dueMs;
  };
}

/** The k-th event is due when k events have accumulated: the integral of the rate, solved for the time. */
function ramp(fromPerS: number, toPerS: number, overMs: number): Schedule {
  const slope = (toPerS - fromPerS) / overMs / msPerS;
  const from = fromPerS / msPerS;
  const atEnd = from * overMs + (slope * overMs * overMs) / 2;
  let index = 0;
  return () => {
    const count = index;
    index += 1;
    if (count >= atEnd) return overMs + ((count - atEnd) * msPerS) / toPerS;
    if (slope === 0) return count / from;
    return (Math.sqrt(from * from + 2 * slope * count) - from) / slope;
  };
}

function rampCount(arrivals: Extract<Arrivals, { kind: 'ramp' }>, durationMs: number): number {
  const { fromPerS, toPerS, overMs } = arrivals;
  const rampedMs = Math.min(durationMs, overMs);
  const rateThen = fromPerS + ((toPerS - fromPerS) * rampedMs) / overMs;
  return (((fromPerS + rateThen) / 2) * rampedMs + toPerS * Math.max(0, durationMs - overMs)) / msPerS;
}

function stepAt(ratesPerS: readonly number[], stepMs: number, atMs: number): number {
  return ratesPerS[Math.min(ratesPerS.length - 1, Math.floor(atMs / stepMs))] as number;
}

function check(arrivals: Arrivals): void {
  for (const [name, value] of Object.entries(arrivals)) {
    const numbers: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (name === 'kind') continue;
    if (numbers.length === 0 || !numbers.every((number) => typeof number === 'number' && number > 0)) {
      throw new RangeError(`expected ${name} of ${arrivals.kind} arrivals to be above 0, got ${String(value)}`);
    }
  }
}
