/**
 * The outbox of one WebSocket session: frames in order, bounded in bytes, written in one cork per turn. Above the
 * high-water mark of the socket's own buffer nothing more is written until it drains; past the byte bound, its own or
 * the one of all outboxes, the socket is closed as a slow consumer, because a reply is never dropped.
 */
import type { Codec, Payload } from '../model/codec.js';
import { MessageBundle } from '../model/message-bundle.js';
import type { Outbox } from '../model/outbox.js';
import type { Socket } from '../model/transport.js';
import { closeCodes } from '../protocol/close-codes.js';
import { limits } from '../protocol/limits.js';
import type { Flushable, Flusher } from './flusher.js';
import type { OutboxPool, PooledOutbox } from './outbox-pool.js';

export interface SocketOutboxParts {
  readonly socket: Socket;
  readonly codec: Codec;
  readonly flusher: Flusher;
  readonly bounds: OutboxBounds;
  readonly pool: OutboxPool;
  /** Called when there is room again after there was none. */
  readonly onRoom: () => void;
}

/** The same for all outboxes, and each has them for itself. */
export interface OutboxBounds {
  /** Bytes that may wait, here and in the socket's own buffer together. */
  readonly bytesMax: number;
  /** Bytes in the socket's own buffer above which nothing more is written to it. */
  readonly highWaterBytes: number;
}

/** Bytes after which a message of several frames is full: a client is not made to hold much at once. */
const packedBytesMax = 64 * 1024;

export class SocketOutbox implements Outbox, Flushable, PooledOutbox {
  isOpen = true;
  /** Several frames may leave in one array. */
  packs = false;
  /** The socket's own buffer is over the high-water mark. */
  #isBlocked = false;
  /** Frames that wait; undefined when none do, as with most sockets most of the time. */
  #waiting: (Payload | MessageBundle)[] | undefined = undefined;
  readonly #flusher: Flusher;
  readonly #socket: Socket;
  readonly #codec: Codec;
  readonly #bounds: OutboxBounds;
  readonly #onRoom: () => void;
  #waitingBytes = 0;
  /** Bytes in the socket's own buffer when it was last looked at: when a send stayed there, or when it drained. */
  #bufferedBytes = 0;
  #isGathered = false;
  #lacksRoom = false;
  isPooled = false;
  pooledBytes = 0;
  readonly #pool: OutboxPool;

  constructor(parts: SocketOutboxParts) {
    this.#socket = parts.socket;
    this.#codec = parts.codec;
    this.#flusher = parts.flusher;
    this.#bounds = parts.bounds;
    this.#onRoom = parts.onRoom;
    this.#pool = parts.pool;
  }

  /** Bytes that wait here for the socket. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isEmpty(): boolean {
    return this.#waiting === undefined;
  }

  get hasRoom(): boolean {
    if (this.isOpen && !this.#isBlocked && this.#waitingBytes < this.#bounds.highWaterBytes) return true;
    this.#lacksRoom = true;
    return false;
  }

  get isBeingRead(): boolean {
    return this.#flusher.reading === this;
  }

  send(payload: Payload): void {
    if (!this.isOpen) return;
    if (this.#waiting === undefined && !this.packs && !this.#isBlocked && this.isBeingRead) {
      if (this.#socket.send(payload) === 1) return;
      this.#settleBuffered();
      this.#tellPool();
      return;
    }
    this.#add(payload, this.#codec.byteLength(payload));
  }

  sendBundle(bundle: MessageBundle): void {
    if (this.isOpen) this.#add(bundle, bundle.bytes);
  }

  /** Writes what waits, as far as the socket takes it: when the turn ends, or sooner when much has gathered. */
  flush(): void {
    this.#isGathered = false;
    if (!this.isOpen) return;
    if (this.#waiting === undefined || this.#isBlocked) {
      this.#bufferedBytes = this.#socket.bufferedBytes;
      this.#tellPool();
      return;
    }
    // A lone message is cheaper without the cork, by a tenth.
    if (this.#isOneMessage(this.#waiting)) this.#writeWaiting();
    else this.#socket.cork(() => this.#writeWaiting());
    this.#tellPool();
    this.#tellRoom();
  }

  /** The socket's buffer has drained. */
  drained(): void {
    const wasBlocked = this.#isBlocked;
    this.#bufferedBytes = this.#socket.bufferedBytes;
    this.#isBlocked = this.#bufferedBytes > this.#bounds.highWaterBytes;
    this.#tellPool();
    if (!wasBlocked || this.#isBlocked) return;
    this.flush();
    this.#tellRoom();
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#pool.leave(this);
    const isSlow = code === closeCodes.slowConsumer.code;
    this.#socket.cork(() => {
      if (!isSlow) this.#writeAll();
      this.#socket.end(code, reason);
    });
    this.#clear();
  }

  /** The socket is gone: nothing more can be written. */
  closed(): void {
    this.isOpen = false;
    this.#pool.leave(this);
    this.#clear();
  }

  #add(item: Payload | MessageBundle, bytes: number): void {
    this.#waiting ??= [];
    this.#waiting.push(item);
    this.#waitingBytes += bytes;
    if (this.#isBlocked) this.#checkBound();
    else if (this.#waitingBytes >= this.#bounds.highWaterBytes) this.flush();
    else if (!this.#isGathered) this.#schedule();
    this.#tellPool();
  }

  #isOneMessage(waiting: readonly (Payload | MessageBundle)[]): boolean {
    if (waiting.length > 1 || this.isBeingRead) return false;
    const [only] = waiting;
    return !(only instanceof MessageBundle) || this.packs || only.frames.length === 1;
  }

  #schedule(): void {
    this.#isGathered = true;
    // Inside a read the next tick comes after all its microtasks and still before the cork ends.
    if (this.isBeingRead) process.nextTick(flushOutbox, this);
    else this.#flusher.gather(this);
  }

  #writeWaiting(): void {
    const waiting = this.#waiting ?? [];
    const written = this.packs ? this.#writePacked(waiting) : this.#writeEach(waiting);
    this.#waiting = written === waiting.length || !this.isOpen ? undefined : waiting.slice(written);
  }

  /** @returns how many have left */
  #writeEach(waiting: readonly (Payload | MessageBundle)[]): number {
    let written = 0;
    while (written < waiting.length && !this.#isBlocked && this.isOpen) {
      this.#write(waiting[written] as Payload | MessageBundle);
      written += 1;
    }
    return written;
  }

  #write(item: Payload | MessageBundle): void {
    if (!(item instanceof MessageBundle)) {
      this.#waitingBytes -= this.#codec.byteLength(item);
      if (this.#socket.send(item) !== 1) this.#settleBuffered();
      return;
    }
    this.#waitingBytes -= item.bytes;
    // Some of a bundle may stay in the socket's buffer: it is small enough to be written whole.
    let isTaken = true;
    for (const message of this.packs ? [item.packed] : item.each) isTaken = this.#sendBytes(message, item) && isTaken;
    if (!isTaken) this.#settleBuffered();
  }

  #sendBytes(message: Uint8Array, { isText }: MessageBundle): boolean {
    return (isText ? this.#socket.sendText(message) : this.#socket.send(message)) === 1;
  }

  /** @returns how many have left */
  #writePacked(waiting: readonly (Payload | MessageBundle)[]): number {
    let written = 0;
    while (written < waiting.length && !this.#isBlocked && this.isOpen) {
      const end = this.#packEnd(waiting, written);
      if (end - written <= 1) {
        this.#write(waiting[written] as Payload | MessageBundle);
        written += 1;
        continue;
      }
      const frames = waiting.slice(written, end).map(asFrame);
      for (const frame of frames) this.#waitingBytes -= this.#codec.byteLength(frame);
      written = end;
      if (this.#socket.send(this.#codec.array(frames)) !== 1) this.#settleBuffered();
    }
    return written;
  }

  /** @returns where the next message starts: bundles of several frames are a message each */
  #packEnd(waiting: readonly (Payload | MessageBundle)[], start: number): number {
    const last = Math.min(waiting.length, start + limits.framesPerMessageMax);
    let end = start;
    let bytes = 0;
    while (end < last && bytes < packedBytesMax) {
      const item = waiting[end] as Payload | MessageBundle;
      if (item instanceof MessageBundle && item.frames.length > 1) break;
      bytes += this.#codec.byteLength(asFrame(item));
      end += 1;
    }
    return end;
  }

  #writeAll(): void {
    for (const item of this.#waiting ?? []) {
      if (!(item instanceof MessageBundle)) this.#socket.send(item);
      else for (const message of item.each) this.#sendBytes(message, item);
    }
  }

  /** A send did not go straight to the kernel: taken into the socket's buffer, or refused by a closed socket. */
  #settleBuffered(): void {
    if (!this.#socket.isOpen) {
      this.closed();
      return;
    }
    this.#checkBound();
    this.#isBlocked = this.#bufferedBytes > this.#bounds.highWaterBytes;
  }

  #checkBound(): void {
    this.#bufferedBytes = this.#socket.bufferedBytes;
    if (this.#waitingBytes + this.#bufferedBytes <= this.#bounds.bytesMax) return;
    this.close(closeCodes.slowConsumer.code, 'slow consumer: replies are not read fast enough');
  }

  /** Only where nothing is being written: at its bound the pool writes and closes outboxes, perhaps this one. */
  #tellPool(): void {
    if (this.isOpen) this.#pool.hold(this, this.#waitingBytes + this.#bufferedBytes);
  }

  #tellRoom(): void {
    if (!this.#lacksRoom || !this.hasRoom) return;
    this.#lacksRoom = false;
    this.#onRoom();
  }

  #clear(): void {
    this.#waiting = undefined;
    this.#waitingBytes = 0;
  }
}

/** A payload, or the only frame of a bundle. */
function asFrame(item: Payload | MessageBundle): Payload {
  return item instanceof MessageBundle ? (item.frames[0] as Payload) : item;
}

function flushOutbox(outbox: SocketOutbox): void {
  outbox.flush();
}
