/** The command line of `sluice bench fanout`. */
import { parseArgs } from 'node:util';
import type { Encoding } from '../client/order.js';
import { topicsMax } from './fanout-message.js';
import type { FanoutShape } from './fanout-order.js';

export interface FanoutOptions extends FanoutShape {
  /** Each is measured by itself. */
  readonly inFlight: readonly number[];
  readonly encoding: Encoding;
  readonly servers: readonly FanoutServerName[];
  readonly repetitions: number;
  readonly windowMs: number;
  /** Measure what subscriptions and topics take, instead of what deliveries cost. */
  readonly isMemory: boolean;
  readonly isMarkdown: boolean;
  readonly results: string;
  readonly command: string;
}

/** What is measured side by side: the floor first, which the others are held against. */
export const fanoutServers = {
  'app.publish': { dialect: 'publish', takesArrays: false },
  sluice: { dialect: 'sluice', takesArrays: false },
  'sluice, arrays': { dialect: 'sluice', takesArrays: true },
} as const;

export type FanoutServerName = keyof typeof fanoutServers;
export const floor: FanoutServerName = 'app.publish';

export const fanoutUsage = `Usage: sluice bench fanout [options]
  What a message costs that many are subscribed to, beside uWebSockets.js' app.publish.

  --subscribers n    sockets, one subscription each (1000)
  --topics n         messages go round so many, and each has an equal part of the subscribers (1)
  --in-flight list   messages published that not all subscribers have received: each is measured (8,64,1)
  --arrays           of the gateway only with subscribers that take arrays; otherwise both are measured
  --encoding name    json, msgpack
  --repetitions n    measure all of it so often (3)
  --seconds n        how long each measurement counts (4)
  --memory           what a subscription takes, and a topic nobody is subscribed to any more
  --markdown         print the table as Markdown
  --results folder   where the JSON goes (load/results)
`;

/** @throws an `Error` that says what was expected */
export function parseFanoutOptions(args: readonly string[]): FanoutOptions {
  const { values } = parseArgs({ args: [...args], options: flags });
  const subscribers = whole('--subscribers', values.subscribers, { min: 1, max: 20_000 });
  const topics = whole('--topics', values.topics, { min: 1, max: topicsMax });
  if (subscribers % topics !== 0) {
    throw new Error(`expected --topics to divide --subscribers, got ${topics} and ${subscribers}`);
  }
  return {
    subscribers,
    topics,
    inFlight: values['in-flight'].split(',').map((text) => whole('--in-flight', text, { min: 1, max: 1024 })),
    encoding: encodingOf(values.encoding),
    servers: (Object.keys(fanoutServers) as FanoutServerName[]).filter((name) => !(values.arrays && name === 'sluice')),
    repetitions: whole('--repetitions', values.repetitions, { min: 1, max: 100 }),
    windowMs: 1000 * whole('--seconds', values.seconds, { min: 1, max: 60 }),
    isMemory: values.memory,
    isMarkdown: values.markdown,
    results: values.results,
    command: ['sluice bench fanout', ...args].join(' '),
  };
}

const flags = {
  subscribers: { type: 'string', default: '1000' },
  topics: { type: 'string', default: '1' },
  'in-flight': { type: 'string', default: '8,64,1' },
  arrays: { type: 'boolean', default: false },
  encoding: { type: 'string', default: 'json' },
  repetitions: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '4' },
  memory: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  results: { type: 'string', default: 'load/results' },
} as const;

function encodingOf(text: string): Encoding {
  if (text === 'json' || text === 'msgpack') return text;
  throw new Error(`expected --encoding to be json or msgpack, got ${text}`);
}

/** A number of a flag. @throws when it is none, or out of bounds */
export function whole(
  flag: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`expected ${flag} to be a whole number from ${min} to ${max}, got ${text}`);
}
