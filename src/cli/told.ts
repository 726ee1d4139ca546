/** What the client commands tell, as a line of JSON for machines or as a line for people. */
import type picocolors from 'picocolors';
import type { SluiceError, StreamGap, StreamItem, TopicGap, TopicMessage } from '../client.js';

/** One line. Its fields are those of `--json`, which the help of each command names. */
export type Told =
  | StreamItem<unknown>
  | StreamGap
  | TopicMessage<unknown>
  | TopicGap
  | ToldEnd
  | ToldError
  | ToldStart
  | ToldEmitted;

/** A stream is over; a single answer is a stream of one item, or of none when it had no data. */
export interface ToldEnd {
  readonly kind: 'end';
  readonly items: number;
}

/** Something failed: what PROTOCOL.md says of errors, and which event where there were several. */
export interface ToldError extends Pick<SluiceError, 'code' | 'message' | 'retry' | 'started' | 'afterMs' | 'reason'> {
  readonly kind: 'error';
  readonly type?: string;
  readonly key?: string;
  readonly details?: unknown;
}

/** A subscription is open. */
export interface ToldStart {
  readonly kind: 'subscribed';
  readonly topic: string;
  readonly epoch?: string;
  readonly offset?: number;
  readonly recovered: boolean;
}

/** All events that were to be emitted are done with. */
export interface ToldEmitted {
  readonly kind: 'emitted';
  /** Events that left. */
  readonly left: number;
  /** Those of them that failed then. */
  readonly failed: number;
  /** Events that failed before they left. */
  readonly unsent: number;
  /** From the first connection until the last answer. */
  readonly ms: number;
  /** How many failed with which code, in either way. */
  readonly codes: Readonly<Record<string, number>>;
}

/** Colours, or functions that do nothing. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** What is told of an error. */
export function toldError(
  error: SluiceError,
  event: { readonly type?: string; readonly key?: string } = {},
): ToldError {
  const { code, message, retry, afterMs, started, reason, details } = error;
  return {
    kind: 'error',
    ...event,
    code,
    message,
    retry,
    ...(afterMs === undefined ? {} : { afterMs }),
    started,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
  };
}

/** One line of JSON, without its end. Bytes are written in base64. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, bytesAsText) ?? 'null';
}

/** One line for people, without its end; undefined when there is nothing to say. */
export function readableText(told: Told, colors: Colors): string | undefined {
  switch (told.kind) {
    case 'item':
      return coloredJson(told.data, colors);
    case 'message': {
      const key = told.key === undefined ? '' : ` ${colors.dim(`[${told.key}]`)}`;
      return `${colors.bold(told.topic)} ${colors.dim(String(told.offset))}${key} ${coloredJson(told.data, colors)}`;
    }
    case 'gap':
      return colors.yellow(gapText(told));
    case 'error':
      return errorText(told, colors);
    case 'subscribed':
      return colors.dim(startText(told));
    case 'emitted':
      return emittedText(told, colors);
    case 'end':
      return undefined;
  }
}

/** `JSON.stringify` calls it with the object that has the key: bytes would have been made into something else already. */
function bytesAsText(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const raw = this[key];
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : value;
}

/** Strings, with the colon of those that are names of fields; and everything else that is no bracket. */
const jsonParts = /("(?:[^"\\]|\\.)*")(:?)|true|false|null|-?\d[\d.eE+-]*/g;

function coloredJson(value: unknown, colors: Colors): string {
  const text = jsonText(value);
  if (!colors.isColorSupported) return text;
  return text.replace(jsonParts, (part, string: string | undefined, colon: string | undefined) => {
    if (string === undefined) return colors.yellow(part);
    return colon === ':' ? `${colors.cyan(string)}:` : colors.green(string);
  });
}

function gapText(gap: StreamGap | TopicGap): string {
  const what = 'topic' in gap ? 'message' : 'item';
  const where = 'topic' in gap ? `${gap.topic}: ` : '';
  const range = gap.count === undefined ? '' : ` of ${gap.from} to ${gap.to}`;
  const count = gap.count === undefined ? `nobody knows how many ${what}s` : counted(gap.count, what);
  return `gap: ${where}${count}${range} did not come (${gap.reason})`;
}

function errorText(
  { type, code, message, started, retry, afterMs, reason, details }: ToldError,
  colors: Colors,
): string {
  const again = afterMs === undefined ? retry : `${retry} after ${afterMs} ms`;
  const why = reason === undefined ? '' : `, reason: ${reason}`;
  const more = details === undefined ? '' : `\n  details: ${jsonText(details)}`;
  const who = type === undefined ? '' : `${type}: `;
  return `${who}${colors.red(code)}: ${message} (started: ${started}, retry: ${again}${why})${more}`;
}

function startText({ topic, epoch, offset, recovered }: ToldStart): string {
  const place = epoch === undefined || offset === undefined ? '' : `, from ${epoch}:${offset}`;
  return `following ${topic}${place}${recovered ? '' : '; what was missed cannot be told'}`;
}

function emittedText({ left, failed, unsent, ms, codes }: ToldEmitted, colors: Colors): string {
  const each = Object.entries(codes).map(([code, count]) => `${count} ${code}`);
  const which = each.length === 0 ? '' : ` (${each.join(', ')})`;
  const stayed = unsent === 0 ? '' : `, ${unsent} did not leave`;
  const bad = `${failed} failed${stayed}${which}`;
  return `${counted(left, 'event')} left, ${each.length === 0 ? bad : colors.red(bad)}, in ${ms} ms`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
