/**
 * What leaves the client, and when: events as the session's credit and the socket's room allow, everything else at
 * once. Frames of one turn leave as one message.
 */
import type { ClientFrame } from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import { Awaited } from './awaited.js';
import type { Connection } from './connection.js';
import type { Encoded, Encoding } from './encoding.js';
import type { Operation } from './operation.js';
import type { OutboundQueue } from './outbound-queue.js';
import type { SluiceError } from './sluice-error.js';

export interface SenderParts {
  readonly encoding: Encoding;
  readonly queue: OutboundQueue;
  readonly connection: Pick<Connection, 'isOpen' | 'bufferedBytes' | 'send'>;
  /** Refused events that wait to be sent again. */
  readonly retrying: () => number;
  /** It waited longer than it was worth doing. It is out of the queue. */
  readonly onExpired: (operation: Operation) => void;
  /** Its frame is larger than the gateway takes: it is not sent, and in no queue. */
  readonly onTooLarge: (operation: Operation, bytes: number, bytesMax: number) => void;
}

/** Bytes in the socket's buffer from which events wait, and those at which they go on. */
const highWaterBytes = 1024 * 1024;
const lowWaterBytes = highWaterBytes / 2;
/** Refused events that may wait to be sent again before new ones wait behind them. */
const retryingMax = 64;
/** Milliseconds between two looks at a buffer that is full: no platform tells when it is not. */
const lookMs = 20;
/** Bytes a UTF-16 unit takes at most. */
const unitBytesMax = 3;

export class Sender {
  /** Events that may have been sent in the session. */
  creditMax = 0;
  /** Events that were, but for those without need of credit. */
  creditUsed = 0;
  /** Frames with an id that were sent in the session. */
  framesWithId = 0;
  /** New events wait for another connection. */
  isHeldBack = false;
  /** Bytes of a message the gateway takes; from `welcome`. */
  payloadBytesMax = 0;
  readonly #parts: SenderParts;
  #frames: Encoded[] = [];
  /** Of the frames; what they take at most. */
  #bytes = 0;
  #isFull = false;
  #lastOrder = 0;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #writable: Awaited | undefined = undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Events that may leave now. */
  get credit(): number {
    const mayLeave = this.#isReady && this.#parts.retrying() < retryingMax;
    return mayLeave ? Math.max(0, this.creditMax - this.creditUsed) : 0;
  }

  get isWritable(): boolean {
    return this.credit > 0 && this.#parts.queue.first === undefined;
  }

  /** Resolves when an event would leave at once. */
  writable(): Promise<void> {
    if (this.isWritable) return Promise.resolve();
    this.#writable ??= new Awaited();
    return this.#writable.promise;
  }

  /** Whether an event could leave now, ahead of nobody. */
  canLeaveNow(operation: Operation): boolean {
    const { queue } = this.#parts;
    return this.#mayLeave(operation) && (operation.isCritical ? queue.firstCritical : queue.first) === undefined;
  }

  /** Sends an event, which is in no queue. */
  leave(operation: Operation): void {
    const frame = this.#encoded(operation);
    if (this.#bytesMost(frame) > this.payloadBytesMax) {
      const bytes = this.#parts.encoding.byteLength(frame);
      if (bytes > this.payloadBytesMax) {
        this.#parts.onTooLarge(operation, bytes, this.payloadBytesMax);
        return;
      }
    }
    this.framesWithId += 1;
    operation.sentAt = this.framesWithId;
    operation.attempts += 1;
    if (operation.order === 0) {
      this.#lastOrder += 1;
      operation.order = this.#lastOrder;
    }
    if (!operation.isCritical) this.creditUsed += 1;
    this.#add(frame);
    if (operation.hasLeft) return;
    operation.hasLeft = true;
    operation.receiver.left();
  }

  /** Sends a frame that is no event. Does nothing while there is no connection. */
  frame(frame: ClientFrame): void {
    if (!this.#parts.connection.isOpen) return;
    if ('id' in frame) this.framesWithId += 1;
    this.#add(this.#parts.encoding.frame(frame));
  }

  /** Lets what waits leave, as far as it may. */
  pump(): void {
    const { queue } = this.#parts;
    for (let next = queue.first; next !== undefined && this.#mayLeave(next); next = queue.first) {
      queue.remove(next);
      if (next.deadlineAtMs > 0 && next.deadlineAtMs <= performance.now()) this.#parts.onExpired(next);
      else this.leave(next);
    }
    if (this.#writable === undefined || !this.isWritable) return;
    this.#writable.resolve();
    this.#writable = undefined;
  }

  /** The connection is gone, and with it what had not left. */
  lost(): void {
    this.#frames = [];
    this.#bytes = 0;
    this.#isFull = false;
    this.isHeldBack = false;
    clearTimeout(this.#timer);
  }

  /** Sends what is still to be sent, and nothing after it. @param error what those are told who wait to write */
  stop(error: SluiceError): void {
    this.#flush();
    clearTimeout(this.#timer);
    this.#writable?.reject(error);
    this.#writable = undefined;
  }

  get #isReady(): boolean {
    return this.#parts.connection.isOpen && !this.isHeldBack && !this.#isFull;
  }

  #mayLeave(operation: Operation): boolean {
    return operation.isCritical ? this.#isReady : this.credit > 0;
  }

  #encoded(operation: Operation): Encoded {
    const { type, id, key, priority, deadlineAtMs, idem, credit, overflow, trace, data } = operation;
    const ttl = deadlineAtMs === 0 ? undefined : Math.max(1, Math.round(deadlineAtMs - performance.now()));
    return this.#parts.encoding.event({ type, id, key, priority, ttl, idem, credit, overflow, trace }, data);
  }

  #add(frame: Encoded): void {
    const bytes = this.#bytesMost(frame);
    const { length } = this.#frames;
    // A message has its brackets, and a comma for each frame.
    if (
      length === limits.framesPerMessageMax ||
      (length > 0 && this.#bytes + bytes + length + 8 > this.payloadBytesMax)
    ) {
      this.#flush();
    }
    if (this.#frames.length === 0) queueMicrotask(() => this.#flush());
    this.#frames.push(frame);
    this.#bytes += bytes;
  }

  /** What it takes on the wire, or a little more: quicker to know than how much it is. */
  #bytesMost(frame: Encoded): number {
    return typeof frame === 'string' ? frame.length * unitBytesMax : frame.length;
  }

  #flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#bytes = 0;
    const { connection, encoding } = this.#parts;
    connection.send(frames.length === 1 ? (frames[0] as Encoded) : encoding.array(frames));
    if (!this.#isFull && connection.bufferedBytes > highWaterBytes) {
      this.#isFull = true;
      this.#look();
    }
  }

  #look(): void {
    this.#timer = setTimeout(() => {
      this.#isFull = this.#parts.connection.bufferedBytes > lowWaterBytes;
      if (this.#isFull) this.#look();
      else this.pump();
    }, lookMs);
  }
}
