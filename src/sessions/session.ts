/**
 * One session: what it has open, and how outcomes leave it. It decides nothing about events; it turns records into frames
 * and hands them to the outbox of its socket. A resumable one outlives the socket: what its client must not miss is kept
 * until that is acknowledged, and streams and subscriptions stand still while nobody is there.
 */

import { IdMap } from '../collections/id-map.js';
import type { SlidingCount } from '../collections/sliding-count.js';
import type { Codec, Payload } from '../model/codec.js';
import type { Counters } from '../model/counters.js';
import type { CreditWindow } from '../model/credit-window.js';
import type { EventRecord, Origin } from '../model/event-record.js';
import type { Outbox } from '../model/outbox.js';
import type { ReliableFrames } from '../model/reliable-frames.js';
import type { Socket } from '../model/transport.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { ErrorFrame, GapReason, Id, ServerFrame } from '../protocol/frames.js';
import type { ReaderSession, TopicReader } from './topic-reader.js';

/** Before the clock began, far enough for any wait to be over. */
const longAgoMs = -1_000_000_000;

export interface SessionParts {
  readonly id: string;
  readonly codec: Codec;
  readonly outbox: Outbox;
  readonly socket: Socket;
  readonly window: CreditWindow;
  readonly shared: SessionShared;
}

/** What makes a session resumable. */
export interface Resumable {
  /** Known to its client only. */
  readonly secret: string;
  readonly frames: ReliableFrames;
}

/** What all sessions have in common. */
export interface SessionShared {
  readonly counters: Counters;
  /** Largest single frame that may be sent, in bytes. */
  readonly replyBytesMax: number;
  readonly onEncodingFailed: (record: EventRecord, error: unknown) => void;
  /** Asks for a `tellCredit` when this turn of the event loop ends. */
  readonly creditChanged: (session: Session) => void;
}

/** Its first fields are those used for every event: with thousands of sessions, each other one is a cache line more. */
export class Session implements Origin, ReaderSession {
  /** Of its socket, or the last one it had. */
  outbox: Outbox;
  readonly codec: Codec;
  readonly window: CreditWindow;
  /** The client's open events; `1` and `"1"` differ. */
  readonly open = new IdMap<EventRecord>();
  /** Set once, by the client's `hello`. */
  resumable: Resumable | undefined = undefined;
  /** The client's subscriptions, once it had one. Their ids are not those of open events. */
  topics: IdMap<TopicReader> | undefined = undefined;
  /** Anything was heard of the client since the last round. */
  isHeard = true;
  isWelcomed = false;
  readonly id: string;
  readonly #shared: SessionShared;
  readonly tenant: string;
  readonly identity: string | undefined = undefined;
  /** As `outbox`. */
  socket: Socket;
  readonly acceptsStream = true;
  /** While its client is away: until when it may come back; 0 while it is here. */
  awayUntilMs = 0;
  isEnded = false;
  /** How many frames with an `id` came of its client. */
  framesWithId = 0;
  /** The `max` its client knows of. */
  creditTold: number;
  #isCreditUntold = false;
  /** Before the last round, how long nothing was heard. */
  silentMs = 0;
  /** It was asked for a sign of life, and nothing was heard since. */
  isPinged = false;
  /** Pings that asked how far its topics have got, and the one whose answer is awaited; empty for none. */
  marks = 0;
  markAwaited = '';
  /** Its socket has answered for the ping that is awaited. */
  isMarkHeard = false;
  /** Its client has answered a `ping`, and so has to be waited for. */
  answersPings = false;
  isUnmarked = false;
  /** While draining: when the client is to go. */
  leavesAtMs = 0;
  /** Refusals without `id` not told yet, and the last of them. */
  untold = 0;
  lastUntold: Failure | undefined = undefined;
  untoldSinceMs = longAgoMs;
  /** Refusals for lack of credit, once there was one. */
  creditRefusals: SlidingCount | undefined = undefined;

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.tenant = parts.id;
    this.codec = parts.codec;
    this.outbox = parts.outbox;
    this.socket = parts.socket;
    this.window = parts.window;
    this.creditTold = parts.window.max;
    this.#shared = parts.shared;
  }

  /** Somebody can get answers, now or when coming back. */
  get isOpen(): boolean {
    return this.outbox.isOpen || (this.resumable !== undefined && !this.isEnded);
  }

  /** Whether streams and topics may write: there is room, and nothing old stands before it. */
  get hasRoom(): boolean {
    return this.outbox.hasRoom && this.resumable?.frames.isResending !== true;
  }

  hasRoomFor({ event }: EventRecord): boolean {
    return event.id === undefined || !this.isOpen || this.hasRoom;
  }

  get isResumable(): boolean {
    return this.resumable !== undefined;
  }

  unsubscribed(id: Id): void {
    this.topics?.delete(id);
  }

  /** Whether an operation of the client has this id. */
  isTaken(id: Id): boolean {
    return this.open.has(id) || this.topics?.has(id) === true;
  }

  send(frame: ServerFrame): void {
    this.outbox.send(this.codec.frame(frame));
  }

  /** Sends a frame the client must not miss. */
  sendReliably(frame: ServerFrame): void {
    this.#reliably(this.codec.frame(frame));
  }

  /** Answers a frame, or an event that was not accepted. Details that cannot be sent are left out. */
  sendError(id: Id | undefined, why: Failure): void {
    if (!this.isOpen) return;
    const frame: ErrorFrame = id === undefined ? { op: 'error', ...why } : { op: 'error', id, ...why };
    const payload = this.#encodedError(frame);
    if (id === undefined) this.outbox.send(payload);
    else this.#reliably(payload);
  }

  accepted(record: EventRecord): void {
    const { id } = record.event;
    if (id === undefined) return;
    this.open.add(id, record);
    if (record.isDuplicate) this.sendReliably({ op: 'ack', id, duplicate: true });
    else if (record.wantsAck) this.#reliably(this.codec.ack(id));
  }

  item(record: EventRecord, n: number, data: unknown, key: string | undefined): Failure | undefined {
    const { id } = record.event;
    const { counters } = this.#shared;
    if (id === undefined || !this.isOpen) {
      counters.itemsDropped += 1;
      return undefined;
    }
    let payload: Payload;
    try {
      payload = this.codec.item(id, n, data, key);
    } catch (error) {
      this.#shared.onEncodingFailed(record, error);
      return unencodable;
    }
    if (this.codec.byteLength(payload) > this.#shared.replyBytesMax) return tooLarge;
    this.#reliably(payload);
    counters.itemsSent += 1;
    return undefined;
  }

  gap(record: EventRecord, from: number, to: number, reason: GapReason): void {
    const { id } = record.event;
    const count = to - from + 1;
    this.#shared.counters.itemsDropped += count;
    if (id !== undefined && this.isOpen) this.sendReliably({ op: 'gap', id, from, to, count, reason });
  }

  settled(record: EventRecord): void {
    const { id } = record.event;
    if (id === undefined) return;
    this.open.delete(id);
    if (!this.isOpen) {
      this.#shared.counters.undelivered += 1;
      return;
    }
    if (record.failure === undefined) this.#end(record, id);
    else this.sendError(id, record.failure);
  }

  /**
   * Told with the reply when its socket is being read, as that saves a system call; else when the turn ends: many
   * events may end in one turn, and the last count says it all.
   */
  creditChanged(): void {
    if (this.outbox.isBeingRead) {
      this.tellCredit();
      return;
    }
    if (this.#isCreditUntold) return;
    this.#isCreditUntold = true;
    this.#shared.creditChanged(this);
  }

  /** Sends the credit as it is now, if the client has not been told it. */
  tellCredit(): void {
    this.#isCreditUntold = false;
    const { max } = this.window;
    if (!this.outbox.isOpen || !this.isWelcomed || max === this.creditTold) return;
    this.creditTold = max;
    this.send({ op: 'credit', max });
  }

  /** The socket has room: what is sent again comes first, then streams and topics go on. */
  roomAgain(): void {
    this.resumable?.frames.roomAgain();
    if (!this.hasRoom) return;
    for (const record of this.open.values()) record.stream?.resume();
    if (this.topics !== undefined) for (const reader of this.topics.values()) reader.subscription?.resume();
  }

  #reliably(payload: Payload): void {
    if (this.resumable === undefined) this.outbox.send(payload);
    else this.resumable.frames.send(payload);
  }

  /** A handler may give its failure any details, even a cycle, or more than a reply may hold. */
  #encodedError(frame: ErrorFrame): Payload {
    try {
      const payload = this.codec.frame(frame);
      if (frame.details === undefined || this.codec.byteLength(payload) <= this.#shared.replyBytesMax) return payload;
    } catch {
      // Said without them below.
    }
    const { details: _, ...rest } = frame;
    return this.codec.frame(rest);
  }

  /** A value that cannot be sent is the handler's failure: the record is turned into one. */
  #end(record: EventRecord, id: Id): void {
    try {
      const payload = this.codec.end(id, record.result, record.items);
      if (this.codec.byteLength(payload) <= this.#shared.replyBytesMax) {
        this.#reliably(payload);
        return;
      }
      record.failure = tooLarge;
    } catch (error) {
      this.#shared.onEncodingFailed(record, error);
      record.failure = unencodable;
    }
    this.sendError(id, record.failure);
  }
}

const unencodable: Failure = Object.freeze(
  failure('internal', 'the handler’s result cannot be encoded', { started: 'maybe' }),
);
const tooLarge: Failure = Object.freeze(
  failure('internal', 'the handler’s result is larger than a reply may be', { started: 'maybe' }),
);
