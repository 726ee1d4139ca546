/**
 * The origin of an event that came over HTTP, and where its one answer goes: a JSON or MessagePack body, a 202 when
 * the client does not want to wait, or server-sent events for a stream.
 */
import type { Codec } from '../model/codec.js';
import type { Counters } from '../model/counters.js';
import type { EventRecord, Origin } from '../model/event-record.js';
import type { HttpExchange } from '../model/transport.js';
import { errorCodes, type Failure, failure } from '../protocol/error-codes.js';
import type { GapReason } from '../protocol/frames.js';
import { failureReply, streamHeaders, withoutBadDetails } from './http-media.js';
import { streamNotAccepted } from './open-stream.js';

export interface HttpReplyParts {
  readonly exchange: HttpExchange;
  readonly remoteAddress: () => string;
  /** For the body of the answer. */
  readonly encodeBody: (value: unknown) => string | Uint8Array;
  readonly contentType: string;
  /** For the `data` of server-sent events. */
  readonly json: Codec;
  readonly counters: Counters;
  readonly replyBytesMax: number;
  readonly acceptsStream: boolean;
  /** Nothing but a stream is accepted: one value comes as the end of an empty one. */
  readonly wantsStream: boolean;
  /** The client asked for 202 on acceptance. */
  readonly isAsync: boolean;
  readonly onEncodingFailed: (record: EventRecord, error: unknown) => void;
  /** The event has ended, answered or not. */
  readonly onSettled: (record: EventRecord) => void;
}

/** Session that handlers see for events without one. */
const httpSession = 'http';

/** Id under which server-sent events carry the frames of an event that was sent without one. */
const nameless = 0;

export class HttpReply implements Origin {
  readonly id = httpSession;
  readonly identity: string | undefined = undefined;
  readonly window = undefined;
  readonly #parts: HttpReplyParts;
  #isStarted = false;
  #isAnswered = false;
  #hasRoom = true;
  #tenant: string | undefined = undefined;

  constructor(parts: HttpReplyParts) {
    this.#parts = parts;
  }

  /** The client's address; asking the kernel for it takes a microsecond, so it is done when the queue wants to know. */
  get tenant(): string {
    this.#tenant ??= this.#parts.remoteAddress();
    return this.#tenant;
  }

  get isOpen(): boolean {
    return !this.#isAnswered && !this.#parts.exchange.isAborted;
  }

  hasRoomFor(): boolean {
    return this.#hasRoom || !this.isOpen;
  }

  get acceptsStream(): boolean {
    return this.#parts.acceptsStream;
  }

  /** Call when the client's connection has room for more of a stream. */
  roomAgain(record: EventRecord): void {
    this.#hasRoom = true;
    record.stream?.resume();
  }

  accepted(): void {
    if (!this.#parts.isAsync) return;
    this.#isAnswered = true;
    this.#parts.exchange.respond(202, { 'Preference-Applied': 'respond-async' }, '');
  }

  item(record: EventRecord, n: number, data: unknown, key: string | undefined): Failure | undefined {
    const { counters, json, replyBytesMax } = this.#parts;
    if (!this.isOpen) {
      counters.itemsDropped += 1;
      return undefined;
    }
    let frame: string;
    try {
      frame = json.item(record.event.id ?? nameless, n, data, key) as string;
    } catch (error) {
      this.#parts.onEncodingFailed(record, error);
      return unencodable;
    }
    if (frame.length > replyBytesMax) return unencodable;
    this.#write('item', frame, n);
    counters.itemsSent += 1;
    return undefined;
  }

  gap(record: EventRecord, from: number, to: number, reason: GapReason): void {
    const count = to - from + 1;
    this.#parts.counters.itemsDropped += count;
    const id = record.event.id ?? nameless;
    if (this.isOpen) this.#write('gap', this.#parts.json.frame({ op: 'gap', id, from, to, count, reason }) as string);
  }

  settled(record: EventRecord): void {
    this.#parts.onSettled(record);
    if (!this.isOpen) {
      if (!this.#parts.isAsync) this.#parts.counters.undelivered += 1;
      return;
    }
    this.#isAnswered = true;
    const { failure: why } = record;
    if (this.#isStarted) this.#endStream(record);
    else if (why !== undefined) this.#fail(why, httpStatus(why));
    else if (record.items >= 0 || this.#parts.wantsStream) this.#endStream(record);
    else this.#answer(record);
  }

  creditChanged(): void {
    // Requests come without credit.
  }

  /** Answers a request whose event was not accepted, or whose stream is not wanted. */
  refuse(why: Failure, status: number = httpStatus(why)): void {
    if (!this.isOpen) return;
    this.#isAnswered = true;
    this.#fail(why, status);
  }

  #answer(record: EventRecord): void {
    const { exchange, encodeBody, contentType, replyBytesMax } = this.#parts;
    let body: string | Uint8Array;
    try {
      body = encodeBody(record.result);
      if (body.length > replyBytesMax) throw new RangeError('the result is larger than a reply may be');
    } catch (error) {
      this.#parts.onEncodingFailed(record, error);
      record.failure = unencodable;
      this.#fail(unencodable, 500);
      return;
    }
    exchange.respond(200, { 'Content-Type': contentType }, body);
  }

  #fail(why: Failure, status: number): void {
    const { exchange, encodeBody: encode, contentType } = this.#parts;
    failureReply(exchange, why, { status, encoding: { contentType, encode } });
  }

  #endStream(record: EventRecord): void {
    const id = record.event.id ?? nameless;
    const { json } = this.#parts;
    if (record.failure === undefined) {
      try {
        this.#write('end', json.end(id, record.result, record.items) as string, record.items);
      } catch (error) {
        this.#parts.onEncodingFailed(record, error);
        record.failure = unencodable;
      }
    }
    const why = record.failure;
    if (why !== undefined) {
      this.#write(
        'error',
        withoutBadDetails(why, (told) => json.frame({ op: 'error', id, ...told }) as string),
      );
    }
    this.#parts.exchange.end();
  }

  #write(event: string, frame: string, n?: number): void {
    const { exchange } = this.#parts;
    if (!this.#isStarted) {
      this.#isStarted = true;
      exchange.start(200, streamHeaders);
    }
    const id = n === undefined || n < 0 ? '' : `id: ${n}\n`;
    if (!exchange.write(`event: ${event}\n${id}data: ${frame}\n\n`)) this.#hasRoom = false;
  }
}

/** The HTTP status of a failure. */
function httpStatus(why: Failure): number {
  return why === streamNotAccepted ? 406 : errorCodes[why.code].httpStatus;
}

const unencodable: Failure = Object.freeze(
  failure('internal', 'the handler’s result cannot be sent', { started: 'maybe' }),
);
