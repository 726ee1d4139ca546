/**
 * The reliable frames of one resumable session: each has a number, and is kept until its client says that it was
 * processed. A client that comes back on another socket is sent what it has not processed, in pieces, as far as the
 * socket takes it; what is added meanwhile stands behind that. Bounded in bytes, and those of all sessions together:
 * past either bound the oldest go, and a client that lacks one of them cannot take its session up again.
 */
import { Deque } from '../collections/deque.js';
import type { Codec, Payload } from '../model/codec.js';
import type { Outbox } from '../model/outbox.js';
import type { ReliableFrames } from '../model/reliable-frames.js';
import { closeCodes } from '../protocol/close-codes.js';

/** The bound that all sessions have together. */
export interface RetainedPool {
  /** What all of them keep. */
  bytes: number;
  readonly bytesMax: number;
  /** The bound is passed: ends sessions whose clients are away, if there are any. */
  onTooMuch(): void;
}

export interface RetainedFramesParts {
  readonly codec: Codec;
  /** Of the socket the session begins on. */
  readonly outbox: Outbox;
  readonly bytesMax: number;
  readonly pool: RetainedPool;
}

export class RetainedFrames implements ReliableFrames {
  bytes = 0;
  readonly #codec: Codec;
  readonly #bytesMax: number;
  readonly #pool: RetainedPool;
  readonly #kept = new Deque<Payload>();
  #outbox: Outbox;
  /** Number of the oldest frame kept, or of the next there will be. */
  #first = 1;
  /** Number of the next frame to be sent on this socket. */
  #next = 1;
  #isDropped = false;

  constructor(parts: RetainedFramesParts) {
    this.#codec = parts.codec;
    this.#outbox = parts.outbox;
    this.#bytesMax = parts.bytesMax;
    this.#pool = parts.pool;
  }

  get isResending(): boolean {
    return this.#next <= this.#last;
  }

  send(payload: Payload): void {
    if (this.#isDropped) return;
    const s = this.#last + 1;
    const numbered = this.#codec.extended(payload, 's', s);
    this.#kept.push(numbered);
    this.#count(this.#codec.byteLength(numbered));
    if (this.#next === s && this.#outbox.isOpen) {
      this.#next = s + 1;
      this.#outbox.send(numbered);
    }
    while (this.bytes > this.#bytesMax) this.#forgetOldest();
    if (this.#pool.bytes <= this.#pool.bytesMax) return;
    this.#pool.onTooMuch();
    while (this.#pool.bytes > this.#pool.bytesMax && this.#kept.size > 0) this.#forgetOldest();
  }

  received(s: number): void {
    while (this.#first <= s && this.#first < this.#next) this.#shift();
  }

  canResumeBehind(s: number): boolean {
    return s >= this.#first - 1 && s <= this.#last;
  }

  resend(outbox: Outbox, received: number): void {
    this.#outbox = outbox;
    this.#next = this.#last + 1;
    this.received(received);
    this.#next = this.#first;
    this.roomAgain();
  }

  roomAgain(): void {
    while (this.isResending && this.#outbox.hasRoom) {
      this.#next += 1;
      this.#outbox.send(this.#kept.at(this.#next - 1 - this.#first) as Payload);
    }
  }

  drop(): void {
    this.#isDropped = true;
    this.#count(-this.bytes);
    this.#kept.clear();
  }

  /** Number of the newest frame. */
  get #last(): number {
    return this.#first + this.#kept.size - 1;
  }

  /** One that was never sent on this socket would be a hole, so the socket is not gone on with. */
  #forgetOldest(): void {
    const wasSent = this.#first < this.#next;
    this.#shift();
    if (wasSent) return;
    this.#next = this.#first;
    this.#outbox.close(closeCodes.slowConsumer.code, 'slow consumer: replies are not read fast enough');
  }

  #shift(): void {
    const payload = this.#kept.shift() as Payload;
    this.#first += 1;
    this.#count(-this.#codec.byteLength(payload));
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    this.#pool.bytes += bytes;
  }
}
