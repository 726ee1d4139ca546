/** A scenario: which clients there are, what they send, and what the gateway is told for it. All of it is data. */
import type { Encoding } from '../client/order.js';
import type { Arrivals } from './arrivals.js';
import type { ClientGroup } from './bench-order.js';

/** What the command line may choose; each scenario has its own defaults. */
export interface ScenarioChoice {
  /** Events per second in all. */
  readonly ratePerS: number;
  readonly connections: number;
  readonly arrivals: 'constant' | 'poisson' | 'bursts' | 'ramp' | 'steps';
  readonly durationMs: number;
  readonly encoding: Encoding;
  /** Set for a closed loop: events in flight on each connection. */
  readonly inFlight: number | undefined;
}

export interface Scenario {
  readonly name: string;
  /** One sentence: what is done, and what to look at. */
  readonly about: string;
  readonly defaults: Pick<ScenarioChoice, 'ratePerS' | 'connections' | 'arrivals' | 'durationMs'>;
  /** Flags for the gateway, besides those of `load/config/scenario.yaml`. */
  readonly gateway: readonly string[];
  /** Milliseconds after which an outcome is worth nothing; 0 for no such deadline. */
  readonly deadlineMs: number;
  /** Factors of the rate, a load level each. */
  readonly levels: readonly number[];
  groups(choice: ScenarioChoice): readonly ClientGroup[];
}

/** The schedule of a choice, for a part of its rate. */
export function arrivalsOf(choice: ScenarioChoice, ratePerS: number = choice.ratePerS): Arrivals {
  const { durationMs } = choice;
  switch (choice.arrivals) {
    case 'bursts':
      return { kind: 'bursts', size: Math.max(1, Math.round(ratePerS / 10)), everyMs: 100 };
    case 'ramp':
      return { kind: 'ramp', fromPerS: ratePerS / 10, toPerS: ratePerS, overMs: durationMs };
    case 'steps':
      return { kind: 'steps', ratesPerS: [ratePerS / 4, ratePerS / 2, ratePerS], stepMs: durationMs / 3 };
    default:
      return { kind: choice.arrivals, ratePerS };
  }
}
