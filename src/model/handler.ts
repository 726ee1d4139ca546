/** What user code sees: the event handed to a handler, its context, and the shapes it may return. */
import type { ErrorCode, Retry } from '../protocol/error-codes.js';
import type { Id } from '../protocol/frames.js';
import type { Priority } from '../protocol/priorities.js';

/** One event as its handler sees it. */
export interface SluiceEvent<Data = unknown> {
  /** As the client chose it; absent for fire-and-forget events and over HTTP. */
  readonly id: Id | undefined;
  readonly type: string;
  readonly data: Data;
  readonly key: string | undefined;
  readonly priority: Priority;
  /** Milliseconds since the epoch, fractional. */
  readonly receivedAtMs: number;
  /** Id of the session it came from. */
  readonly session: string;
}

/** A structured log line: an object of fields, a message, or both. */
export type LogLine = (fields: object | string, message?: string) => void;

/** Where a handler logs to; a pino logger fits. */
export interface Log {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** Where a published message stands. */
export interface Published {
  readonly topic: string;
  readonly epoch: string;
  readonly offset: number;
}

/** Publishes a message. Of the data nothing may be changed afterwards. @throws HandlerError by the promise */
export type Publish = (
  topic: string,
  data: unknown,
  options?: { readonly key?: string | undefined },
) => Promise<Published>;

/** Who is subscribed to a topic. */
export interface TopicPresence {
  readonly count: number;
  /** Where the configuration of the topic says so. */
  readonly members?: readonly { readonly id: string; readonly identity?: string | undefined }[];
}

/** What a handler may use while it runs. */
export interface HandlerContext {
  /**
   * Fires when the event is cancelled, its session ends (unless it has no id: nobody waits for it), or its time is over.
   * Created at first use.
   */
  readonly signal: AbortSignal;
  /** Milliseconds until the event's deadline or timeout, whichever is first; 0 when past. */
  remainingMs(): number;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Who sent it; undefined for an anonymous session. */
  readonly identity: string | undefined;
  /** W3C `traceparent` the client sent. */
  readonly trace: string | undefined;
  readonly log: Log;
  /**
   * Publishes a message to a topic; the promise need not be awaited. A `key` is for subscribers that want only the newest
   * of each. It rejects with a HandlerError: `invalid_argument` for a topic or data that cannot be, `resource_exhausted`
   * with no room for another topic, `unavailable` when the engine does not answer.
   */
  readonly publish: Publish;
  /** Who is subscribed to a topic, by its name. */
  presence(topic: string): Promise<TopicPresence>;
}

/** A failure meant for the client: its code, message and details are sent as they are. */
export class HandlerError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  /** Whether the route's `retry` applies, and the client is told `backoff` when attempts are used up. */
  readonly temporary: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly details?: unknown; readonly temporary?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HandlerError';
    this.code = code;
    this.details = options.details;
    this.temporary = options.temporary === true;
  }

  /** What the client is told of a retry. */
  get retry(): Retry {
    return this.temporary ? 'backoff' : 'no';
  }
}

/** One item of a result stream together with its key, for `overflow: "latest"`. Made by {@link item}. */
export class KeyedItem<Data = unknown> {
  readonly data: Data;
  readonly key: string;

  constructor(data: Data, key: string) {
    this.data = data;
    this.key = key;
  }
}

/** Gives a stream item a key: `yield item(data, { key })`. */
export function item<Data>(data: Data, options: { readonly key: string }): KeyedItem<Data> {
  return new KeyedItem(data, options.key);
}
