/** What `request`, `emit` and `sub` have in common on the command line: where to connect, what an event has, how much comes. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EmitOptions, StreamOptions } from '../client.js';

/** How to connect, and how to tell what comes. */
export interface ConnectionFlags {
  readonly url: string;
  readonly token?: string;
  readonly encoding: 'json' | 'msgpack';
  /** Milliseconds without a connection, or without an answer. */
  readonly timeout?: number;
  readonly json?: true;
}

/** What an event has. */
export interface EventFlags {
  readonly key?: string;
  readonly priority?: Priority;
  readonly ttl?: number;
  readonly idem?: string | true;
  readonly text?: true;
}

/** How much comes before it is read, and what happens beyond. */
export interface FlowFlags {
  readonly credit?: number;
  readonly overflow?: Overflow;
}

type Priority = NonNullable<EmitOptions['priority']>;
type Overflow = NonNullable<StreamOptions['overflow']>;

const priorities = ['critical', 'high', 'normal', 'low'] as const satisfies readonly Priority[];
const overflows = ['wait', 'latest', 'drop', 'close'] as const satisfies readonly Overflow[];

/** Adds {@link ConnectionFlags}. */
export function withConnectionFlags(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'the gateway').env('SLUICE_URL').default('ws://127.0.0.1:8080'))
    .addOption(new Option('--token <token>', 'who you are').env('SLUICE_TOKEN'))
    .addOption(new Option('--encoding <name>', 'how frames are written').choices(['json', 'msgpack']).default('json'))
    .option(
      '--timeout <ms>',
      'give up after so long without a connection or an answer (default: 10000 for the first connection only)',
      wholeNumber,
    )
    .option('--json', 'write one JSON object a line, see below');
}

/** Adds {@link EventFlags}. */
export function withEventFlags(command: Command): Command {
  return command
    .option('--key <key>', 'events of one key run one at a time, in their order')
    .addOption(new Option('--priority <level>', 'which line it stands in').choices(priorities))
    .option('--ttl <ms>', 'how long it is worth doing', wholeNumber)
    .option('--idem [key]', 'do it once though it is sent again; without =key, by a key made here')
    .option('--text', 'data is no JSON: send it as a string');
}

/** Adds {@link FlowFlags}. @param what comes, in the plural */
export function withFlowFlags(command: Command, what: string): Command {
  return command
    .option('--credit <n>', `${what} that may come before they are read`, wholeNumber)
    .addOption(new Option('--overflow <policy>', 'what comes when they are read too slowly').choices(overflows));
}

/** The options of an event. */
export function eventOptions({ key, priority, ttl, idem }: EventFlags): EmitOptions {
  return {
    ...(key === undefined ? {} : { key }),
    ...(priority === undefined ? {} : { priority }),
    ...(ttl === undefined ? {} : { ttlMs: ttl }),
    ...(idem === undefined ? {} : { idem }),
  };
}

/** The options both streams and subscriptions have. */
export function flowOptions({ credit, overflow }: FlowFlags): Pick<StreamOptions, 'credit' | 'overflow'> {
  return { ...(credit === undefined ? {} : { credit }), ...(overflow === undefined ? {} : { overflow }) };
}

/** Timers take no more, and nobody counts further. */
const wholeMax = 2 ** 31 - 1;

/** Reads a number of 1 or more. */
export function wholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= wholeMax) return value;
  throw new InvalidArgumentError(`Expected a whole number of 1 to ${wholeMax}, got ${JSON.stringify(text)}.`);
}
