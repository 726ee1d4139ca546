/** The arguments of `sluice plan`. */
import { parseArgs } from 'node:util';
import { parseDurationMs } from './duration.js';
import type { PlanOptions } from './plan.js';

export interface PlanArguments {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  /** Not there when help was asked for. */
  readonly options: PlanOptions | undefined;
}

/** What `sluice plan --help` prints. */
export const planUsage = `Usage: sluice plan --rate n --service duration --p99 duration [options]
  --rate n           events that arrive per second
  --service duration mean time the handler takes for an event
  --p50, --p90, --p95, --p99, --p999 duration
                     exactly one: what this percentile of the latency, wait and service, may be
  --cv n             standard deviation of the service time by its mean: 0 is constant, 1 exponential (1)
  --headroom n       share of the rate that may come on top: 0.2 plans for 1.2 times as many (0)
  --json             print the answer as JSON
  --help             print this

Durations are 20ms, 0.5s or 1m. Ends with 0, with 1 when no number of slots meets the target, with 2 when the
arguments are wrong.

  sluice plan --rate 5000 --service 20ms --cv 1 --p99 200ms
`;

const percentiles = { p50: 50, p90: 90, p95: 95, p99: 99, p999: 99.9 } as const;
const percentileNames = Object.keys(percentiles) as readonly (keyof typeof percentiles)[];

/** Reads the arguments behind `plan`. @throws an `Error` that says what was expected */
export function parsePlanArguments(args: readonly string[]): PlanArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string' },
      service: { type: 'string' },
      cv: { type: 'string', default: '1' },
      headroom: { type: 'string', default: '0' },
      p50: { type: 'string' },
      p90: { type: 'string' },
      p95: { type: 'string' },
      p99: { type: 'string' },
      p999: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { isHelp: true, isJson: values.json, options: undefined };
  const given = percentileNames.filter((name) => values[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1) {
    const got = name === undefined ? 'none' : given.map((each) => `--${each}`).join(' and ');
    throw new RangeError(`expected one of ${percentileNames.map((each) => `--${each}`).join(', ')}, got ${got}`);
  }
  const options = {
    ratePerS: numberOf('--rate', required('--rate', values.rate)),
    serviceMs: parseDurationMs('--service', required('--service', values.service)),
    cv: numberOf('--cv', values.cv),
    headroom: numberOf('--headroom', values.headroom),
    percentile: percentiles[name],
    targetMs: parseDurationMs(`--${name}`, required(`--${name}`, values[name])),
  };
  if (options.ratePerS === 0) throw new RangeError('expected --rate to be above 0, got 0');
  return { isHelp: false, isJson: values.json, options };
}

function required(flag: string, text: string | undefined): string {
  if (text === undefined) throw new RangeError(`expected ${flag}, got no such argument`);
  return text;
}

function numberOf(flag: string, text: string): number {
  if (/^\d{1,12}(?:\.\d{1,12})?$/.test(text)) return Number(text);
  throw new RangeError(`expected ${flag} to be a number such as 0.5 or 5000, got ${text}`);
}
