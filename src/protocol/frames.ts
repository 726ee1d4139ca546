/** The shapes of all frames, as types. What may be in a field is checked in `validation.ts`. */
import type { Failure } from './error-codes.js';
import type { Priority } from './priorities.js';

/** Chosen by the client, unique among its open operations; `1` and `"1"` differ. */
export type Id = number | string;

/** What a result stream does with items beyond its credit. */
export const overflowPolicies = ['wait', 'latest', 'drop', 'close'] as const;
export type Overflow = (typeof overflowPolicies)[number];

/** Opens the session; any other first frame counts as an empty one before it. */
export interface HelloFrame {
  readonly op: 'hello';
  readonly token?: string | null;
  readonly batch?: boolean | null;
  readonly resume?: true | { session: string; secret: string; received: number } | false | null;
}

/** The fields of one event; over HTTP they come without `op`. */
export interface EventFields {
  readonly type: string;
  readonly data?: unknown;
  readonly id?: Id | null;
  readonly ack?: boolean | null;
  readonly key?: string | null;
  readonly priority?: Priority | null;
  /** Milliseconds from receipt that the event is worth doing. */
  readonly ttl?: number | null;
  readonly idem?: string | null;
  /** First item allowance of a result stream. */
  readonly credit?: number | null;
  readonly overflow?: Overflow | null;
  /** W3C `traceparent`. */
  readonly trace?: string | null;
}

/** One event over a socket. */
export interface EventFrame extends EventFields {
  readonly op: 'event';
}

/** Grants a result stream more items. */
export interface PullFrame {
  readonly op: 'pull';
  readonly id: Id;
  /** Absolute count of items allowed in all. */
  readonly max: number;
}

/** Opens a subscription to a topic, or to all topics of a pattern. */
export interface SubscribeFrame {
  readonly op: 'subscribe';
  readonly id: Id;
  readonly topic: string;
  /** Continues after an offset. */
  readonly from?: { readonly epoch: string | number; readonly offset: number } | null;
  /** Begins so many messages back. */
  readonly rewind?: number | null;
  /** Makes it metered: messages allowed at first. */
  readonly credit?: number | null;
  readonly overflow?: Overflow | null;
}

/** The client has processed all reliable frames up to a number. */
export interface ReceivedFrame {
  readonly op: 'received';
  readonly s: number;
}

/** Ends an open operation. */
export interface CancelFrame {
  readonly op: 'cancel';
  readonly id: Id;
}

/** A sign of life: `ping` is answered by a `pong` that carries the same. */
export interface PingFrame {
  readonly op: 'ping' | 'pong';
  readonly at?: number | string | null;
}

/** Replaces the token on a live socket. */
export interface AuthFrame {
  readonly op: 'auth';
  readonly token: string;
}

/** Frames a client sends. */
export type ClientFrame =
  | HelloFrame
  | EventFrame
  | SubscribeFrame
  | PullFrame
  | CancelFrame
  | ReceivedFrame
  | AuthFrame
  | PingFrame;

/** The first frame a client gets. */
export interface WelcomeFrame {
  readonly op: 'welcome';
  readonly session: string;
  /** Takes the session up again; only where it can be. */
  readonly secret?: string;
  readonly resumed: boolean;
  readonly credit: number;
  readonly received: number;
  readonly keepAliveMs: number;
  readonly payloadBytesMax: number;
  readonly resumeMs: number;
}

/** How many events the client may have sent. */
export interface CreditFrame {
  readonly op: 'credit';
  /** Absolute count of events the client may have sent in this session. */
  readonly max: number;
}

/** The event is in its queue. */
export interface AckFrame {
  readonly op: 'ack';
  readonly id: Id;
  /** It was done before, or is being done: its outcome follows. */
  readonly duplicate?: boolean;
}

/** One item of a result stream, numbered from 1 as they were produced. */
export interface ItemFrame {
  readonly op: 'item';
  readonly id: Id;
  readonly n: number;
  readonly data: unknown;
  readonly key?: string;
}

/** Success, and the last frame of its operation. */
export interface EndFrame {
  readonly op: 'end';
  readonly id: Id;
  readonly data?: unknown;
  /** Items produced, on the end of a stream. */
  readonly n?: number;
}

/** Failure. With an id, the last frame of that operation. */
export interface ErrorFrame extends Failure {
  readonly op: 'error';
  readonly id?: Id;
}

export type GapReason = 'dropped' | 'conflated' | 'expired' | 'reset';

/** Items or messages that will not come, always told before the first one behind them. */
export interface GapFrame {
  readonly op: 'gap';
  /** Of the stream, or of the metered subscription. */
  readonly id?: Id;
  /** Where messages of a topic are missing. */
  readonly topic?: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: GapReason;
  /** The new epoch of a topic, with the reason `reset`. */
  readonly epoch?: string;
}

/** The subscription is open. */
export interface SubscribedFrame {
  readonly op: 'subscribed';
  readonly id: Id;
  /** Messages come from behind `offset` on; a pattern has neither. */
  readonly epoch?: string;
  readonly offset?: number;
  /** False: what was missed since `from` cannot be told, and nothing of it is sent. */
  readonly recovered: boolean;
}

/** A published message. */
export interface MessageFrame {
  readonly op: 'message';
  readonly topic: string;
  readonly offset: number;
  readonly data: unknown;
  readonly key?: string;
  /** Of the subscription, if it is metered. */
  readonly id?: Id;
}

/** The gateway is stopping: milliseconds until this client should leave, and until it will be closed. */
export interface GoawayFrame {
  readonly op: 'goaway';
  readonly afterMs: number;
  readonly untilMs: number;
}

/** The token ends in so many milliseconds. */
export interface ExpiringFrame {
  readonly op: 'expiring';
  readonly inMs: number;
}

/** The answer to a `ping`, or one of the gateway’s own. */
export interface PongFrame {
  readonly op: 'pong' | 'ping';
  readonly at?: number | string;
}

/** Frames the gateway sends. */
export type ServerFrame =
  | WelcomeFrame
  | CreditFrame
  | AckFrame
  | ItemFrame
  | EndFrame
  | ErrorFrame
  | GapFrame
  | SubscribedFrame
  | MessageFrame
  | GoawayFrame
  | ExpiringFrame
  | PongFrame;
