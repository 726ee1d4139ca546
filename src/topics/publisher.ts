/** What is published: looked at, measured, and appended to its log. Handing it out is the log's follower's business. */
import type { Codec, Payload } from '../model/codec.js';
import { memorySize } from '../model/memory-size.js';
import type { LogEntry } from '../model/topic-log.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import { limits } from '../protocol/limits.js';
import { engineFailure } from './engine-failure.js';
import type { Answer, TopicLogs } from './ports.js';
import { unpublishable } from './topic-name.js';

/** Of JSON, with which messages are measured before they have a place. */
export interface MeasuringCodec extends Codec {
  placed(message: Payload, topic: string, offset: number): Payload;
}

export interface PublisherParts {
  readonly logs: TopicLogs;
  readonly json: MeasuringCodec;
  /** Bytes a message may have as JSON, as a whole frame. */
  readonly messageBytesMax: number;
  readonly onFailed: (error: unknown, what: string) => void;
}

/** What an entry takes in memory besides its data and its frame, about: the entry itself, its fields, its place in a log. */
export const entryOverheadBytes = 200;
/** Bytes of data for each character of its JSON at most, `[{},{},…]` has 20: where it hides more, it does not count. */
const dataBytesPerChar = 24;

export class Publisher {
  readonly #parts: PublisherParts;
  /** Messages that were published here. */
  count = 0;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** At once, if the log answers at once. */
  publish(topic: string, data: unknown, key: string | undefined): Answer<LogEntry | Failure> {
    const problem = unpublishable(topic) ?? unusableKey(key);
    if (problem !== undefined) return failure('invalid_argument', problem);
    return this.append(topic, data, key);
  }

  /** The same for the gateway's own topics too. */
  append(topic: string, data: unknown, key: string | undefined): Answer<LogEntry | Failure> {
    const { logs, json, messageBytesMax } = this.#parts;
    let frame: string;
    try {
      frame = String(json.message(topic, 0, data, key));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failure('invalid_argument', `expected data that can be encoded as JSON: ${why}`);
    }
    if (isLonger(frame, messageBytesMax)) {
      return failure('invalid_argument', `expected a message of at most ${messageBytesMax} bytes as JSON, got more`);
    }
    try {
      const answer = logs.append({ topic, data, key, bytes: bytesOf(data, frame) });
      if (!(answer instanceof Promise)) return this.#appended(answer, frame);
      return answer.then(
        (entry) => this.#appended(entry, frame),
        (error: unknown) => this.#failed(topic, error),
      );
    } catch (error) {
      return this.#failed(topic, error);
    }
  }

  /** What it was measured with is its frame, but for the place it got: it is not encoded twice. */
  #appended(entry: LogEntry, frame: string): LogEntry {
    this.count += 1;
    entry.json ??= this.#parts.json.placed(frame, entry.topic, entry.offset);
    return entry;
  }

  #failed(topic: string, error: unknown): Failure {
    return engineFailure(error, `append to ${topic}`, this.#parts.onFailed);
  }
}

/** About what a message takes in memory: its data, and its frame beside it. */
function bytesOf(data: unknown, frame: string): number {
  const dataMax = frame.length * dataBytesPerChar;
  return Math.min(memorySize(data, dataMax), dataMax) + frame.length + entryOverheadBytes;
}

function unusableKey(key: string | undefined): string | undefined {
  if (key === undefined || (typeof key === 'string' && !isLonger(key, limits.keyBytesMax))) return undefined;
  return `expected key to be a string of at most ${limits.keyBytesMax} bytes`;
}

/** Most texts need not be measured: a UTF-16 unit takes one to three bytes. */
function isLonger(text: string, bytesMax: number): boolean {
  return text.length > bytesMax || (text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax);
}
