/** Every option of the client, with its unit and default. */
import type { Overflow } from '../protocol/frames.js';
import type { Priority } from '../protocol/priorities.js';
import type { Encoding } from './encoding.js';
import type { OpenSocket } from './socket.js';

/** How a client connects. */
export interface ConnectOptions {
  /** How frames are written. @default jsonEncoding */
  readonly encoding?: Encoding | undefined;
  /** Who the client is, or a function that is asked at every connection, and when the gateway says that it expires. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Whether the session is to outlive a lost connection. @default true, unless `reconnect` is false */
  readonly resume?: boolean | undefined;
  /** What may wait in the client. */
  readonly queue?:
    | {
        /** Events. 1 to 1,000,000. @default 1024 */
        readonly items?: number | undefined;
        /** Bytes of their data, as encoded. @default 4194304 */
        readonly bytes?: number | undefined;
      }
    | undefined;
  /**
   * Whether refused events that never began are sent again: those with `retry: "backoff"` and `started: "no"`. @default
   * true
   */
  readonly retry?: RetryOptions | boolean | undefined;
  /** How a lost connection is made anew; `false`: not at all. */
  readonly reconnect?: ReconnectOptions | false | undefined;
  /** Milliseconds a connection may take to open and be welcomed. @default 10000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Closes the client, without draining it. */
  readonly signal?: AbortSignal | undefined;
  /** Opens sockets. @default that of the platform: WebSocket in browsers, the package `ws` in Node */
  readonly openSocket?: OpenSocket | undefined;
}

/** How often, and for how long, a refused event is sent again. Each time waits for the gateway's own `afterMs`. */
export interface RetryOptions {
  /** Times it is sent in all. 1 to 100. @default 5 */
  readonly attempts?: number | undefined;
  /** Milliseconds from the first time; a wait that would end later is not begun. @default 30000 */
  readonly withinMs?: number | undefined;
}

/** Waits are random, between 0 and a time that doubles (full jitter). */
export interface ReconnectOptions {
  /** Milliseconds: the longest wait before the first attempt. @default 250 */
  readonly minMs?: number | undefined;
  /** Milliseconds: the longest wait ever. @default 15000 */
  readonly maxMs?: number | undefined;
  /** Attempts in a row until the client gives up and is closed. @default as many as it takes */
  readonly attempts?: number | undefined;
}

/** What every event may have. */
export interface EmitOptions {
  /** Events with the same key run one at a time, in the order they were sent. At most 256 bytes. */
  readonly key?: string | undefined;
  /** Which line it stands in, here and at the gateway. @default 'normal' here, and what the route says there */
  readonly priority?: Priority | undefined;
  /**
   * Milliseconds from the call for which the event is worth doing; the time it waits in the client counts. 1 or more.
   */
  readonly ttlMs?: number | undefined;
  /**
   * Makes it safe to send it again when nobody knows what became of it: the gateway does an event with the same key
   * once. `true` for a key made here; else hard to guess, at most 128 bytes.
   */
  readonly idem?: string | true | undefined;
  /** Takes the event out of the queue, or cancels it at the gateway. */
  readonly signal?: AbortSignal | undefined;
  /** A W3C `traceparent`. */
  readonly trace?: string | undefined;
  /**
   * Over the client's own. @default that of the client; `false` for events with a `key`, whose order it would change
   */
  readonly retry?: RetryOptions | boolean | undefined;
}

/** What a request may have. */
export type RequestOptions = EmitOptions;

/** What a stream may have. */
export interface StreamOptions extends EmitOptions {
  /** Items that may come before they are read. 1 to 65536. @default 32 */
  readonly credit?: number | undefined;
  /** What happens when the handler is faster than the reader. @default 'wait' */
  readonly overflow?: Overflow | undefined;
}

/** What a subscription may have. */
export interface SubscribeOptions {
  /** Begins behind a message, or a gap. What of it is not there any more is told by a gap. Not for patterns. */
  readonly from?: { readonly epoch: string; readonly offset: number } | undefined;
  /** Begins so many messages back. Not for patterns. */
  readonly rewind?: number | undefined;
  /** Messages that may come before they are read. 1 to 65536. @default 256 */
  readonly credit?: number | undefined;
  /** What comes when the reader is slower than the topic. @default 'wait': all the topic still holds */
  readonly overflow?: Overflow | undefined;
  /** Ends the subscription: reading it fails with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Called when it is open, and when it is open again after the session was lost: before what came with it is read. */
  readonly onOpen?: ((at: SubscriptionStart) => void) | undefined;
}

/** Where a subscription begins. */
export interface SubscriptionStart {
  /** Undefined for a pattern. */
  readonly epoch: string | undefined;
  /** Messages come from behind it. Undefined for a pattern. */
  readonly offset: number | undefined;
  /** False: what was missed cannot be told, and a gap says so. */
  readonly recovered: boolean;
}

/** How a client ends. */
export interface CloseOptions {
  /** Whether what waits and what is open is finished first. @default true */
  readonly drain?: boolean | undefined;
  /** Milliseconds that may take. @default 5000 */
  readonly withinMs?: number | undefined;
}
