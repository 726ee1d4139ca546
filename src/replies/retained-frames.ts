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
import type { Kept, RetainedPool } from './retained-pool.js';

/** What a frame takes in memory besides its own bytes, about: measured with 300,000 short ones. */
const frameOverheadBytes = 200;

export interface RetainedFramesParts {
  readonly codec: Codec;
  /** Of the socket the session begins on. */
  readonly outbox: Outbox;
  readonly bytesMax: number;
  readonly pool: RetainedPool;
}

export class RetainedFrames implements ReliableFrames, Kept {
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
    if (this.#kept.size === 1) this.#pool.enter(this);
    if (this.#next === s && this.#outbox.isOpen) {
      this.#next = s + 1;
      this.#outbox.send(numbered);
    }
    if (this.#isDropped) return;
    this.#count(this.#sizeOf(numbered));
    while (this.bytes > this.#bytesMax) this.#forgetOldest();
  }

  received(s: number): void {
    this.#forgetTo(Math.min(s, this.#next - 1));
  }

  forgetSent(): void {
    this.#forgetTo(this.#next - 1);
  }

  canResumeBehind(s: number): boolean {
    return s >= this.#first - 1 && s <= this.#last;
  }

  resend(outbox: Outbox, received: number): void {
    this.#outbox = outbox;
    this.#forgetTo(received);
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
    this.#pool.leave(this);
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

  /** @param last number of the last frame to be forgotten; one that there is */
  #forgetTo(last: number): void {
    while (this.#first <= last) this.#shift();
  }

  #shift(): void {
    const payload = this.#kept.shift() as Payload;
    this.#first += 1;
    this.#count(-this.#sizeOf(payload));
    if (this.#kept.size === 0) this.#pool.leave(this);
  }

  #sizeOf(payload: Payload): number {
    return this.#codec.byteLength(payload) + frameOverheadBytes;
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    this.#pool.count(bytes);
  }
}
