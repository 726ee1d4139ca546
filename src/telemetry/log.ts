/** The log of the process: JSON lines for machines, pretty ones for people. */
import { type DestinationStream, type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Log, LogLine } from '../model/handler.js';
import { LineWriter } from './line-writer.js';
import { redact } from './redact.js';

/** What rooms need of a log. */
export interface GatewayLog extends Log {
  /** The same log with fields that are on each of its lines. */
  child(fields: object): GatewayLog;
}

/** What the command needs beyond that. */
export interface ProcessLog extends GatewayLog {
  /** For the line before the process ends. */
  readonly fatal: LogLine;
  /** Writes what still waits; call it when the process exits. Blocks for half a second at most. */
  flush(): void;
}

export interface LogOptions {
  /** The least important level that is written. @default 'info' */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Lines for people instead of JSON. @default false */
  readonly pretty?: boolean;
  /** Where lines go. @default stdout */
  readonly stream?: DestinationStream;
}

/** Creates a log. Secrets are redacted; an error stands under `err`, whatever was thrown. */
export function createLog(options: LogOptions = {}): ProcessLog {
  const { level = 'info', pretty = false } = options;
  const writer = new LineWriter({ fd: stdout, droppedLine });
  const stream = options.stream ?? writer;
  const logger: Logger = pino(
    {
      level,
      // Errors are made plain by `redact`, wherever they stand.
      serializers: { err: (fields: unknown) => fields },
      formatters: { log: redact },
    },
    pretty ? prettyStream(stream) : stream,
  );
  // The fields of a child pass no formatter. Children inherit from their parent, so this holds for theirs as well.
  const { child } = logger;
  return Object.assign(logger, {
    child(this: Logger, fields: object): GatewayLog {
      return child.call(this, redact(fields));
    },
    flush: () => writer.flush(flushWithinMs),
  });
}

const stdout = 1;
const flushWithinMs = 500;

function droppedLine(lines: number): string {
  const fields = { level: pino.levels.values.warn, time: Date.now(), lines, msg: 'lines of the log were dropped' };
  return `${JSON.stringify(fields)}\n`;
}

/** In this thread: a worker could not be relied on for the last line before the process ends. */
function prettyStream(stream: DestinationStream): DestinationStream {
  const prettify = prettyFactory({ translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
  return {
    write(line) {
      stream.write(prettify(line) ?? line);
    },
  };
}
