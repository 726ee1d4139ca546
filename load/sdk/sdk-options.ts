/** The command line of `sluice bench client`. */
import { parseArgs } from 'node:util';
import { whole } from '../fanout/fanout-options.js';

export interface SdkOptions {
  readonly connections: number;
  /** Each is measured by itself. */
  readonly inFlight: readonly number[];
  readonly repetitions: number;
  readonly windowMs: number;
  readonly isMarkdown: boolean;
  readonly results: string;
  readonly command: string;
}

export const sdkUsage = `Usage: sluice bench client [options]
  What a request costs the client: Sluice's own, beside the package ws with a Map of replies.

  --connections n    (50)
  --in-flight list   requests that wait for their answer on each connection: each is measured (32,1)
  --repetitions n    measure all of it so often (3)
  --seconds n        how long each measurement counts (4)
  --markdown         print the table as Markdown
  --results folder   where the JSON goes (load/results)
`;

/** @throws an `Error` that says what was expected */
export function parseSdkOptions(args: readonly string[]): SdkOptions {
  const { values } = parseArgs({ args: [...args], options: flags });
  return {
    connections: whole('--connections', values.connections, { min: 1, max: 1000 }),
    // The client that knows of no credit must do with the first window, which is 64.
    inFlight: values['in-flight'].split(',').map((text) => whole('--in-flight', text, { min: 1, max: 64 })),
    repetitions: whole('--repetitions', values.repetitions, { min: 1, max: 100 }),
    windowMs: 1000 * whole('--seconds', values.seconds, { min: 1, max: 60 }),
    isMarkdown: values.markdown,
    results: values.results,
    command: ['sluice bench client', ...args].join(' '),
  };
}

const flags = {
  connections: { type: 'string', default: '50' },
  'in-flight': { type: 'string', default: '32,1' },
  repetitions: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '4' },
  markdown: { type: 'boolean', default: false },
  results: { type: 'string', default: 'load/results' },
} as const;
