/** What scenarios are put together from: kinds of events, and groups of clients that send them. */
import type { ClientGroup, EventKind, Pace } from './bench-order.js';
import { arrivalsOf, type Scenario, type ScenarioChoice } from './scenario.js';

/** Where handlers take their time, so many run at once, for so long: 8 slots of 2 ms are done with 4,000 in a second at most. */
export const workSlots = ['--pipelines.default.slots', '8'];
const workMs = 2;

/** Answered at once. */
export const echo: EventKind = { name: 'echo', type: 'audit.echo', weight: 1, keys: 0, fillBytes: 64, data: {} };
/** Holds a slot for two milliseconds; events of one key one after the other. */
export const work: EventKind = { ...echo, name: 'work', type: 'audit.keyed', data: { ms: workMs } };
/** The same in any order. */
export const unorderedWork: EventKind = { ...work, type: 'audit.free' };
/** Answered with a hundred items. */
export const stream: EventKind = { ...echo, name: 'stream', type: 'audit.stream', items: 100, streamCredit: 32 };

/** One level, no deadline, nothing special told to the gateway. */
export const open: Pick<Scenario, 'gateway' | 'deadlineMs' | 'levels'> = { gateway: [], deadlineMs: 0, levels: [1] };
/** In milliseconds. */
export const seconds = 1000;

/** All connections of a choice, with its whole rate. */
export function all(choice: ScenarioChoice, name: string, kinds: readonly EventKind[]): ClientGroup {
  return part(choice, { name, connections: choice.connections, ratePerS: choice.ratePerS }, kinds);
}

/** Some of the connections, with a part of the rate. */
export function part(
  choice: ScenarioChoice,
  { name, connections, ratePerS }: { readonly name: string; readonly connections: number; readonly ratePerS: number },
  kinds: readonly EventKind[],
): ClientGroup {
  const pace: Pace =
    choice.inFlight === undefined ? { arrivals: arrivalsOf(choice, ratePerS) } : { inFlight: choice.inFlight };
  return { name, connections, kinds, pace };
}
