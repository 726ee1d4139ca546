/** The command line of `sluice bench <scenario>`. */
import { parseArgs } from 'node:util';
import type { Encoding } from '../client/order.js';
import type { Scenario, ScenarioChoice } from './scenario.js';
import { scenarios } from './scenarios.js';

export interface BenchOptions extends ScenarioChoice {
  readonly scenario: Scenario;
  /** `gateway`, a peer, or `host:port`. */
  readonly target: string;
  readonly seed: number;
  readonly levels: readonly number[];
  readonly workers: number;
  /** How often all of it is measured. */
  readonly repetitions: number;
  /** One of those the scenario compares; undefined: all of them. */
  readonly arm: string | undefined;
  readonly client: 'raw' | 'ws';
  /** Faults of the network between, in the words of `--faults`. */
  readonly faults: string | undefined;
  readonly results: string;
  readonly isJson: boolean;
  readonly command: string;
}

const width = 16;

/** What can be asked for. */
export const benchUsage = `Usage: sluice bench <scenario> [options]

${scenarios.map(({ name, about }) => `  ${name.padEnd(width)} ${about}`).join('\n')}

  --target name      gateway (the build, started for it), host:port of one that runs, or a peer such as ws-json
  --rate n           events per second in all
  --levels 0.5,1,2   factors of that rate, each measured by itself
  --arrivals name    constant, poisson, bursts, ramp, steps
  --in-flight n      a closed loop instead: so many events in flight on each connection
  --duration s       seconds of each level
  --connections n
  --encoding name    json, msgpack
  --client name      raw (bytes over plain sockets), ws (the package ws, slower, as clients are)
  --workers n        client processes
  --repetitions n    measure all of it so often: the median stands for all, and the spread beside it
  --arm name         only one of those a scenario compares
  --seed n           the same seed gives the same run
  --faults list      faults of the network between, such as latency=20ms,slice=1
  --results folder   where JSON and HTML go (load/results)
  --json             print the run as JSON instead of a table
`;

const arrivalKinds = ['constant', 'poisson', 'bursts', 'ramp', 'steps'] as const;

/** @throws an `Error` that says what was expected */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: flags });
  const [name, ...rest] = positionals;
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`expected a scenario, got ${name ?? 'none'}`);
  if (rest.length > 0) throw new Error(`expected one scenario, got ${rest.join(' ')} as well`);
  const { defaults } = scenario;
  const client = oneOf('--client', values.client, ['raw', 'ws'] as const);
  return {
    scenario,
    target: values.target,
    seed: number('--seed', values.seed, { min: 1, max: 1_000_000 }) ?? 1,
    ratePerS: number('--rate', values.rate, { min: 1, max: 1_000_000 }) ?? defaults.ratePerS,
    connections: number('--connections', values.connections, { min: 2, max: 20_000 }) ?? defaults.connections,
    durationMs: 1000 * (number('--duration', values.duration, { min: 1, max: 600 }) ?? defaults.durationMs / 1000),
    arrivals: values.arrivals === undefined ? defaults.arrivals : oneOf('--arrivals', values.arrivals, arrivalKinds),
    inFlight: number('--in-flight', values['in-flight'], { min: 1, max: 10_000 }),
    encoding: oneOf<Encoding>('--encoding', values.encoding, ['json', 'msgpack']),
    levels: values.levels === undefined ? scenario.levels : levelsOf(values.levels),
    workers: number('--workers', values.workers, { min: 1, max: 16 }) ?? 1,
    repetitions: whole('--repetitions', values.repetitions, { min: 1, max: 20 }) ?? 1,
    arm: values.arm === undefined ? undefined : armOf(scenario, values.arm),
    client,
    faults: values.faults,
    results: values.results,
    isJson: values.json,
    command: `sluice bench ${args.join(' ')}`,
  };
}

const flags = {
  target: { type: 'string', default: 'gateway' },
  rate: { type: 'string' },
  levels: { type: 'string' },
  arrivals: { type: 'string' },
  'in-flight': { type: 'string' },
  duration: { type: 'string' },
  connections: { type: 'string' },
  encoding: { type: 'string', default: 'json' },
  client: { type: 'string', default: 'raw' },
  workers: { type: 'string' },
  repetitions: { type: 'string' },
  arm: { type: 'string' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  results: { type: 'string', default: 'load/results' },
  json: { type: 'boolean', default: false },
} as const;

function armOf({ name, arms = [] }: Scenario, text: string): string {
  if (arms.length === 0) throw new Error(`expected no --arm, as ${name} has none, got ${text}`);
  return oneOf(
    '--arm',
    text,
    arms.map((arm) => arm.name),
  );
}

function levelsOf(text: string): number[] {
  const levels = text.split(',').map(Number);
  if (levels.length <= 20 && levels.every((level) => level > 0 && level <= 1000)) return levels;
  throw new Error(`expected --levels to be up to 20 factors above 0, got ${text}`);
}

function oneOf<T extends string>(flag: string, text: string, names: readonly T[]): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new Error(`expected ${flag} to be one of ${names.join(', ')}, got ${text}`);
  return found;
}

function whole(flag: string, text: string | undefined, bounds: { readonly min: number; readonly max: number }) {
  const value = number(flag, text, bounds);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new Error(`expected ${flag} to be a whole number, got ${text}`);
}

function number(
  flag: string,
  text: string | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`expected ${flag} to be a number from ${min} to ${max}, got ${text}`);
}
