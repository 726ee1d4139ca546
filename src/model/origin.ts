/** Where an event came from and where its outcome goes: a WebSocket session, or one HTTP request. */
import type { Failure } from '../protocol/error-codes.js';
import type { GapReason } from '../protocol/frames.js';
import type { CreditWindow } from './credit-window.js';
import type { EventRecord } from './event-record.js';

export interface Origin {
  /** Id handlers see as `event.session`. */
  readonly id: string;
  /** Whose share of the queue its events use. */
  readonly tenant: string;
  /** Who sent it; undefined when anonymous. */
  readonly identity: string | undefined;
  /** The credit its events use; undefined where they come without. */
  readonly window: CreditWindow | undefined;
  /** Whether a stream can be sent as an answer. */
  readonly acceptsStream: boolean;
  /** False once nobody can receive an answer. */
  readonly isOpen: boolean;
  /** Whether a stream may write another item now; `stream.resume()` is called when it turns true again. */
  readonly hasRoom: boolean;
  /** The event is in the queue. */
  accepted(record: EventRecord): void;
  /**
   * One item of a stream. @returns undefined when written, else why it cannot be (it does not encode, or is larger
   * than any reply may be): the stream then fails with it
   */
  item(record: EventRecord, n: number, data: unknown, key: string | undefined): Failure | undefined;
  gap(record: EventRecord, from: number, to: number, reason: GapReason): void;
  /** The one terminal outcome, read from the record. Called once per accepted record. */
  settled(record: EventRecord): void;
  /** `window.max` was raised: tell the client. */
  creditRaised(): void;
}

/** What a running stream offers to the session it belongs to. */
export interface StreamHandle {
  /** Absolute item allowance; never lowers. */
  pull(max: number): void;
  /** The socket has room again. */
  resume(): void;
}
