/** What sessions need of other rooms; the composition root gives it. */
import type { Clock } from '../model/clock.js';
import type { Counters } from '../model/counters.js';
import type { EventRecord, Origin } from '../model/event-record.js';
import type { SubscribeRequest, Subscriber, Subscription } from '../model/subscription.js';
import type { Failure } from '../protocol/error-codes.js';
import type { EventFields, HelloFrame, Id } from '../protocol/frames.js';
import type { Connection } from './connection.js';
import type { Session } from './session.js';

/** How an event comes in; structurally part of admission's `Entrance`. */
export type SocketEntrance = 'credit' | 'critical';

/** A frame the codec found to hold values outside the model. */
export interface BadFrameLike {
  readonly problem: string;
  readonly id: Id | undefined;
  /** It has an id, be it one or not. */
  readonly hasId: boolean;
  /** Its `op`, where that can be read. */
  readonly frameOp: string | undefined;
  /** It asks for the priority `critical`, as far as that can be read. */
  readonly isCritical: boolean;
}

/** The other rooms, as the way of a frame into the gateway sees them. */
export interface DispatchPorts {
  readonly clock: Clock;
  readonly counters: Counters;
  /** @returns a record that holds its room, or why the event is refused */
  admit(fields: EventFields, origin: Origin, bytes: number, entrance: SocketEntrance): EventRecord | Failure;
  /** What is known of its idempotency key, if it has one. @returns why it is refused, or undefined */
  claim(record: EventRecord, fields: EventFields): Failure | undefined;
  /** Hands an admitted record to its pipeline; it may have settled when this returns. */
  enqueue(record: EventRecord): void;
  cancel(record: EventRecord): void;
  /** Counts one event against the session's credit; false when it is beyond. */
  spend(session: Session): boolean;
  /** An event of the session's credit was refused; sends more credit when there is some. */
  refuse(session: Session): void;
  /** The first frame of a connection: its session is welcomed, or an earlier one taken up again. */
  hello(connection: Connection, frame: HelloFrame): void;
  /** @returns why the session may not subscribe to it, or undefined */
  refuseSubscribe(session: Session, topic: string): Failure | undefined;
  subscribe(request: SubscribeRequest, subscriber: Subscriber): Subscription;
  asBadFrame(value: unknown): BadFrameLike | undefined;
}

/** How much of one client is borne. */
export interface DispatchOptions {
  /** Events with an id a session may have open. */
  readonly openMax: number;
  readonly subscriptionsMax: number;
  /** Refusals for lack of credit inside the window after which the socket is closed with 4013. */
  readonly creditRefusalsMax: number;
  readonly creditRefusalsWindowMs: number;
}
