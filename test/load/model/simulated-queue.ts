/**
 * A station simulated event by event: an arrival or an end of service at a time. It shares no code with the model that
 * it is the judge of. The same seed gives the same numbers.
 */

export interface SimulationOptions {
  readonly slots: number;
  readonly utilisation: number;
  /** Draws a service time with mean 1. */
  readonly service: (random: () => number) => number;
  readonly events: number;
  readonly seed: number;
}

export interface SimulatedQueue {
  /** When each event arrived. */
  readonly arrivals: readonly number[];
  readonly waitMean: number;
  /** The load that really came, by chance a little more or less than asked for. */
  readonly utilisation: number;
  /** Mean number that waits, over time. */
  readonly queueLengthMean: number;
  /** Share of the events that wait so long at most, or are done in that time. */
  waitsWithin(time: number): number;
  doneWithin(time: number): number;
}

const never = Number.MAX_VALUE;

/** In units of the mean service time. Starts empty; the first twentieth of the events does not count. */
export function simulateQueue({ slots, utilisation, service, events, seed }: SimulationOptions): SimulatedQueue {
  const random = xorshift(seed);
  const endsAt = new Float64Array(slots).fill(never);
  const arrivedAt = new Float64Array(events);
  const waits = new Float64Array(events);
  const latencies = new Float64Array(events);
  const warmUp = Math.floor(events / 20);
  let busy = 0;
  let arrived = 0;
  let started = 0;
  let now = 0;
  let nextArrivalAt = 0;
  let waitingTime = 0;
  let measuredFrom = 0;
  let work = 0;
  while (started < events) {
    const ending = busy === 0 ? 0 : earliest(endsAt);
    const endAt = endsAt[ending] as number;
    const isArrival = arrived < events && nextArrivalAt <= endAt;
    const at = isArrival ? nextArrivalAt : endAt;
    if (started >= warmUp) waitingTime += (arrived - started) * (at - now);
    else measuredFrom = at;
    now = at;
    let free = ending;
    if (isArrival) {
      arrivedAt[arrived++] = now;
      nextArrivalAt = now - Math.log(random()) / (slots * utilisation);
      if (busy === slots) continue;
      free = endsAt.indexOf(never);
    } else {
      endsAt[ending] = never;
      busy--;
      if (started === arrived) continue;
    }
    const took = service(random);
    work += took;
    const wait = now - (arrivedAt[started] as number);
    waits[started] = wait;
    latencies[started] = wait + took;
    endsAt[free] = now + took;
    busy++;
    started++;
  }
  return {
    get arrivals() {
      return [...arrivedAt];
    },
    utilisation: work / ((arrivedAt[events - 1] as number) * slots),
    waitMean: waits.subarray(warmUp).reduce((sum, wait) => sum + wait, 0) / (events - warmUp),
    queueLengthMean: waitingTime / (now - measuredFrom),
    waitsWithin: (time) => shareWithin(waits.subarray(warmUp), time),
    doneWithin: (time) => shareWithin(latencies.subarray(warmUp), time),
  };
}

/** Exponential with mean 1. */
export function exponentialService(random: () => number): number {
  return -Math.log(random());
}

/** Always 1. */
export function constantService(): number {
  return 1;
}

function earliest(endsAt: Float64Array): number {
  let first = 0;
  for (let slot = 1; slot < endsAt.length; slot++) {
    if ((endsAt[slot] as number) < (endsAt[first] as number)) first = slot;
  }
  return first;
}

function shareWithin(times: Float64Array, limit: number): number {
  let within = 0;
  for (const time of times) if (time <= limit) within++;
  return within / times.length;
}

/** Above 0 and below 1, of 128 bits of state: G. Marsaglia, "Xorshift RNGs", J. of Statistical Software 8 (2003). */
function xorshift(seed: number): () => number {
  let [x, y, z, w] = [seed | 0, 362_436_069, 521_288_629, 88_675_123];
  const next = (): number => {
    const mixed = x ^ (x << 11);
    x = y;
    y = z;
    z = w;
    w = w ^ (w >>> 19) ^ mixed ^ (mixed >>> 8);
    return ((w >>> 0) + 0.5) / 2 ** 32;
  };
  // Seeds that are alike begin alike.
  for (let draw = 0; draw < 100; draw++) next();
  return next;
}
