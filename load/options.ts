/** The command line of the load tool. */
import { parseArgs } from 'node:util';
import { type GoalName, goalNames } from './plan/measurement.js';
import { type ServerName, serverNames } from './processes/server.js';

export interface LoadOptions {
  readonly isShort: boolean;
  readonly goals: readonly GoalName[];
  readonly servers: readonly ServerName[];
  readonly repetitions: number;
  readonly windowMs: number;
  readonly warmUpMs: number;
  /** Print the table as Markdown. */
  readonly isMarkdown: boolean;
  /** Folder the figures are written to. */
  readonly results: string;
}

export const usage = `Usage: sluice bench cost [options]
  --short            a quick look: short windows, three repetitions, fewer rows
  --peers            P1 and P2 for every server there is: three repetitions
  --only P1,P2       only these goals (${goalNames.join(', ')}), and what they are compared with
  --servers a,b      only these servers (${serverNames.join(', ')})
  --repetitions n    how often everything is measured
  --window ms        how long each measurement counts
  --markdown         print the table as Markdown
  --results folder   where the JSON goes (load/results)
`;

/** A server is warm when what runs often is compiled: with less the larger one pays for it in the window. */
const long = { repetitions: 5, windowMs: 3000, warmUpMs: 2000 };
const short = { repetitions: 3, windowMs: 500, warmUpMs: 1000 };
const peers = { repetitions: 3, windowMs: 3000, warmUpMs: 1500 };
/** The loads all servers are measured under. */
const peerGoals: readonly GoalName[] = ['P1', 'P2'];

/** Reads the arguments behind the script's name. @throws an `Error` that says what was expected */
export function parseOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      only: { type: 'string' },
      servers: { type: 'string' },
      repetitions: { type: 'string' },
      window: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      results: { type: 'string', default: 'load/results' },
    },
  });
  if (values.short && values.peers) throw new Error('expected --short or --peers, got both');
  const defaults = values.short ? short : values.peers ? peers : long;
  const windowMs = wholeNumber('--window', values.window, { min: 100, max: 60_000, otherwise: defaults.windowMs });
  return {
    isShort: values.short,
    goals: namesOf('--only', values.only, values.peers ? peerGoals : goalNames),
    servers: namesOf('--servers', values.servers, serverNames),
    repetitions: wholeNumber('--repetitions', values.repetitions, {
      min: 1,
      max: 100,
      otherwise: defaults.repetitions,
    }),
    windowMs,
    warmUpMs: defaults.warmUpMs,
    isMarkdown: values.markdown,
    results: values.results,
  };
}

/** A list with commas; all names when it is absent. */
function namesOf<Name extends string>(flag: string, text: string | undefined, names: readonly Name[]): readonly Name[] {
  if (text === undefined) return names;
  return text.split(',').map((part) => {
    const name = names.find((candidate) => candidate.toLowerCase() === part.trim().toLowerCase());
    if (name === undefined) throw new Error(`expected ${flag} to name some of ${names.join(', ')}, got ${part}`);
    return name;
  });
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  { min, max, otherwise }: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`expected ${flag} to be a whole number from ${min} to ${max}, got ${text}`);
}
