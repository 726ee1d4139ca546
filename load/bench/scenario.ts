/** A scenario: which clients there are, what they send, and what the gateway is told for it. All of it is data. */
import type { Encoding } from '../client/order.js';
import type { HostileGroup } from '../hostile/hostile-order.js';
import type { BenchPoint } from '../report/bench-run.js';
import type { GoalFigure } from '../report/check.js';
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

/** One of several servers, or loads, that are measured side by side. */
export interface Arm {
  readonly name: string;
  /** Flags for its gateway, besides those of the scenario. */
  readonly gateway?: readonly string[];
  /** Its clients, where they are others than those of the scenario. */
  groups?(choice: ScenarioChoice): readonly ClientGroup[];
}

/** Something a handler is told in the middle of a level, by an event over HTTP. */
export interface Control {
  /** Since the measured part began; below 0 in the warm-up. */
  readonly atMs: number;
  readonly type: string;
  readonly data: Readonly<Record<string, number>>;
  /** What is the case from then on, as a series of the report. */
  readonly truth?: Readonly<Record<string, number>>;
}

/** What the goals of a scenario are looked up in: one repetition, all levels of all arms. */
export interface MeasuredRun {
  readonly points: readonly BenchPoint[];
  readonly choice: ScenarioChoice;
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
  /** Measured side by side; absent: there is only one. */
  readonly arms?: readonly Arm[];
  /** Clients that behave badly, beside the others. */
  readonly hostile?: readonly HostileGroup[];
  controls?(choice: ScenarioChoice): readonly Control[];
  /** Milliseconds between two looks at the server's memory, its pipeline and the windows of sessions; absent: none. */
  readonly samplesEveryMs?: number;
  /** Its goals, and what this run says of them. */
  figures?(run: MeasuredRun): readonly GoalFigure[];
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
