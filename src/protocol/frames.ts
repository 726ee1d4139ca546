/** The shapes of all frames, as types. What may be in a field is checked in `validation.ts`. */
import type { Failure } from './error-codes.js';
import type { Priority } from './priorities.js';

/** Chosen by the client, unique among its open operations; `1` and `"1"` differ. */
export type Id = number | string;

/** What a result stream does with items beyond its credit. */
export const overflowPolicies = ['wait', 'latest', 'drop', 'close'] as const;
export type Overflow = (typeof overflowPolicies)[number];

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

export interface EventFrame extends EventFields {
  readonly op: 'event';
}

export interface PullFrame {
  readonly op: 'pull';
  readonly id: Id;
  /** Absolute count of items allowed in all. */
  readonly max: number;
}

export interface CancelFrame {
  readonly op: 'cancel';
  readonly id: Id;
}

export interface PingFrame {
  readonly op: 'ping' | 'pong';
  readonly at?: number | string | null;
}

/** Frames a client may send whose fields have passed validation. */
export type ClientFrame = HelloFrame | EventFrame | PullFrame | CancelFrame | PingFrame;

export interface WelcomeFrame {
  readonly op: 'welcome';
  readonly session: string;
  readonly resumed: boolean;
  readonly credit: number;
  readonly received: number;
  readonly keepAliveMs: number;
  readonly payloadBytesMax: number;
  readonly resumeMs: number;
}

export interface CreditFrame {
  readonly op: 'credit';
  /** Absolute count of events the client may have sent in this session. */
  readonly max: number;
}

export interface AckFrame {
  readonly op: 'ack';
  readonly id: Id;
}

export interface ItemFrame {
  readonly op: 'item';
  readonly id: Id;
  readonly n: number;
  readonly data: unknown;
  readonly key?: string;
}

export interface EndFrame {
  readonly op: 'end';
  readonly id: Id;
  readonly data?: unknown;
  /** Items produced, on the end of a stream. */
  readonly n?: number;
}

export interface ErrorFrame extends Failure {
  readonly op: 'error';
  readonly id?: Id;
}

export type GapReason = 'dropped' | 'conflated' | 'expired' | 'reset';

export interface GapFrame {
  readonly op: 'gap';
  readonly id: Id;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: GapReason;
}

export interface GoawayFrame {
  readonly op: 'goaway';
  readonly afterMs: number;
  readonly untilMs: number;
}

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
  | GoawayFrame
  | PongFrame;
