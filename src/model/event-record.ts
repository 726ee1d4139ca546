/**
 * One accepted event on its way: what the handler sees, where the answer goes, and the links by which the queue and
 * the deadline wheel hold it without allocating. It ends exactly once, in {@link EventRecord.succeed} or
 * {@link EventRecord.fail}: whoever comes second is told so. With it, the {@link Origin} it came from: the two are one
 * concept seen from its two ends.
 */
import type { Failure } from '../protocol/error-codes.js';
import type { GapReason, Overflow } from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import type { CreditWindow } from './credit-window.js';
import type { SluiceEvent } from './handler.js';
import type { InputResult, Route } from './route.js';

/** Where an event came from and where its outcome goes: a WebSocket session, or one HTTP request. */
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
  /**
   * Whether the stream of an event may write another item now; when not, its `stream.resume()` is called once it may.
   * Always so where nobody is there to take items: they are left out, and the handler goes on to its end.
   */
  hasRoomFor(record: EventRecord): boolean;
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
  /** `window.max` has changed: tell the client. */
  creditChanged(): void;
}

/** What a running stream offers to the session it belongs to. */
export interface StreamHandle {
  /** Absolute item allowance; never lowers. */
  pull(max: number): void;
  /** The socket has room again. */
  resume(): void;
}

/** An idempotency key in the space it is unique in, and what the event that has it says. */
export interface IdempotencyKey {
  readonly key: string;
  /** A digest of the event's content: the same key with another is a mistake. */
  readonly content: string;
}

/** Where a record is. `held`: taken from the queue, not yet handed to user code. */
export type RecordState = 'waiting' | 'held' | 'running' | 'settled';

/** What runs for a record, to be stopped when the record ends early. */
export interface Run {
  /** Fires the handler's signal and ends its stream. Does not settle the record. */
  abort(failure: Failure): void;
}

/**
 * Everything has its first value here, in this order, and what differs is set by admission: one shape for all records,
 * and no object of arguments for each.
 */
export class EventRecord {
  event: SluiceEvent;
  readonly route: Route;
  readonly origin: Origin;
  state: RecordState = 'waiting';
  /** 0 is the most urgent. */
  level = 0;
  /** Of its message: what it counts for in the byte budget. */
  bytes = 0;
  usesReserve = false;
  wantsAck = false;
  attempt = 0;
  /** Items produced, if it was a stream; −1 otherwise. */
  items = -1;
  /** Absolute item allowance; kept here until a stream is opened. */
  credit: number = limits.streamCreditDefault;
  overflow: Overflow = 'wait';
  trace: string | undefined = undefined;
  /** Under which its outcome is remembered, if it has an idempotency key. */
  idem: IdempotencyKey | undefined = undefined;
  /** Another with its key ended, or runs: it waits for that one's outcome, and is in no queue. */
  isDuplicate = false;
  /** Nobody waits for it any more, but its outcome is to be remembered. */
  isAbandoned = false;
  run: Run | undefined = undefined;
  stream: StreamHandle | undefined = undefined;
  failure: Failure | undefined = undefined;
  result: unknown = undefined;
  /** The answer of a schema that checks asynchronously: awaited before the handler is called. */
  pendingCheck: Promise<InputResult> | undefined = undefined;
  /** By the clock, whole; 0 for none. */
  deadlineAtMs = 0;
  /** When its attempt started, by the clock, and in which epoch of an adaptive limit. */
  startedAtMs = 0;
  epoch = 0;
  /** From the circuit of its handler, to be given back when its attempt has shown something; 0 for none. */
  ticket = 0;
  /** Its stream waits for its client, and has lent its slot to others. */
  isParked = false;

  // Owned by the timer wheel.
  dueAtMs = 0;
  wheelSlot = -1;
  wheelPrevious: EventRecord | undefined = undefined;
  wheelNext: EventRecord | undefined = undefined;

  // Owned by the fair queue, which may also change the level.
  queueSequence = 0;
  queueHome: unknown = undefined;
  serialState: unknown = undefined;
  queuePrevious: EventRecord | undefined = undefined;
  queueNext: EventRecord | undefined = undefined;

  constructor(event: SluiceEvent, route: Route, origin: Origin) {
    this.event = event;
    this.route = route;
    this.origin = origin;
  }

  /** Whose turn it takes in the queue. */
  get flow(): string {
    return this.origin.tenant;
  }

  /** Keys of different routes are different keys. */
  get group(): number {
    return this.route.index;
  }

  /** The key, where events of one key run one at a time. */
  get serial(): string | undefined {
    return this.route.isKeyed ? this.event.key : undefined;
  }

  /** Whether an order was asked for: false where the route has `order: none`, and then there is no serial. */
  get isOrdered(): boolean {
    return this.route.isKeyed;
  }

  /** An event of many bytes takes several turns: one more for each 4 KiB. */
  get cost(): number {
    return 1 + (this.bytes >> 12);
  }

  /** @returns false when it has ended already: the value is late and must be dropped. */
  succeed(result: unknown): boolean {
    if (this.state === 'settled') return false;
    this.state = 'settled';
    this.result = result;
    return true;
  }

  /** @returns false when it has ended already. */
  fail(failure: Failure): boolean {
    if (this.state === 'settled') return false;
    this.state = 'settled';
    this.failure = failure;
    return true;
  }

  /** Grants items to its stream, now or once it is opened. Never lowers. */
  pull(max: number): void {
    if (max <= this.credit) return;
    this.credit = max;
    this.stream?.pull(max);
  }

  /** The checked, perhaps converted, data of a schema that answered later. */
  replaceData(data: unknown): void {
    this.event = { ...this.event, data };
  }
}
