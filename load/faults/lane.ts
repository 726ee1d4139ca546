/**
 * One direction of one connection: reads the sender, keeps what it read for as long as the faults say, and writes to the
 * receiver. What waits here is bounded, and beyond the bound the sender is not read.
 */
import type { Socket } from 'node:net';
import { ChunkQueue } from './chunk-queue.js';
import { cutAfterBytes, jitterAt, type Place } from './draws.js';
import type { FaultName } from './fault-log.js';
import type { ResolvedDirectionFaults } from './faults.js';
import { nextStop, type Stop } from './stop.js';
import { TokenBucket } from './token-bucket.js';

export interface LaneParts {
  readonly source: Socket;
  readonly sink: Socket;
  readonly place: Place;
  readonly faults: ResolvedDirectionFaults;
  /** Called for what becomes of this direction. */
  readonly log: (fault: FaultName, offset: number) => void;
  /** Both sides are to be reset. Not called after `stop`. */
  readonly onReset: () => void;
  /** The bytes that are kept may have become more. */
  readonly onBuffered: () => void;
}

/** With so much waiting the sender is not read. */
const queueBytesMax = 256 * 1024;
const queueChunksMax = 4096;

/**
 * What one direction holds at most, the buffers of its two sockets included: the queue, the read that filled it, what
 * Node reads ahead (two reads), and what it has not written yet (two more). A read is 64 KiB at most.
 */
export const laneBufferedBytesMax = queueBytesMax + 5 * 64 * 1024;

/** The more waits, the more pieces are written in one turn of the event loop, which then come together. */
const backlogBytesPerPiece = 1024;
const piecesPerTurnMax = 64;

/**
 * `stalled` may become open again. `lost`: read and dropped, and the receiver is told nothing. `halfClosed`: read and
 * dropped, the receiver had its end. `ended`: the sender's own end was passed on. `over`: the sockets are gone.
 */
type LaneState = 'open' | 'stalled' | 'lost' | 'halfClosed' | 'ended' | 'over';

export class Lane {
  #faults: ResolvedDirectionFaults;
  #state: LaneState = 'open';
  #readBytes = 0;
  #forwardedBytes = 0;
  #lastDueMs = 0;
  /** When the sender's end may be passed on. */
  #endDueMs: number | undefined = undefined;
  #pendingWrites = 0;
  #isSinkFull = false;
  #isSourcePaused = false;
  #bucket: TokenBucket | undefined = undefined;
  #stop: Stop | undefined = undefined;
  #wakeTimer: NodeJS.Timeout | undefined = undefined;
  #wakeTurn: NodeJS.Immediate | undefined = undefined;
  #holeTimer: NodeJS.Timeout | undefined = undefined;
  readonly #parts: LaneParts;
  readonly #queue = new ChunkQueue();

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#faults = parts.faults;
  }

  /** Begins to read. Both sockets are connected. */
  start(): void {
    const { source, sink, faults } = this.#parts;
    source.on('data', (bytes: Buffer) => this.#received(bytes));
    source.once('end', () => this.#sourceEnded());
    sink.on('drain', () => {
      this.#isSinkFull = false;
      this.#pump();
    });
    this.setFaults(faults);
    if (this.#state !== 'stalled' && this.#state !== 'over') source.resume();
  }

  /** Nothing of this direction reaches the receiver, for now or for good. */
  get isBlackHole(): boolean {
    return this.#state === 'lost' || this.#state === 'stalled';
  }

  /** What is kept here and in the sockets for this direction. */
  get bufferedBytes(): number {
    return this.#queue.bytes + this.#parts.source.readableLength + this.#parts.sink.writableLength;
  }

  /** How much came through until now. */
  get forwardedBytes(): number {
    return this.#forwardedBytes;
  }

  /** From now on; what was lost or half-closed stays so. Bytes that wait keep their time. */
  setFaults(faults: ResolvedDirectionFaults): void {
    if (this.#state !== 'open' && this.#state !== 'stalled') return;
    this.#faults = faults;
    const { bandwidthBytesPerSecond: rate, blackHoleAfterMs } = faults;
    this.#bucket = rate === undefined ? undefined : new TokenBucket(rate, performance.now());
    const cutAfter = cutAfterBytes(this.#parts.place, faults);
    this.#stop = nextStop(faults, cutAfter === undefined ? undefined : this.#forwardedBytes + cutAfter);
    clearTimeout(this.#holeTimer);
    this.#holeTimer = undefined;
    if (blackHoleAfterMs !== undefined) this.#holeTimer = setTimeout(() => this.#openHole(), blackHoleAfterMs);
    this.#state = 'open';
    this.#readOn();
    this.#pump();
  }

  /** From now on nothing comes through, and the sender is read. */
  lose(): void {
    if (this.#state === 'over') return;
    this.#drop('lost');
  }

  /** The sockets are gone: nothing is kept, and no timer is left. */
  stop(): void {
    this.#state = 'over';
    this.#queue.clear();
    this.#clearWake();
    clearTimeout(this.#holeTimer);
  }

  #received(bytes: Buffer): void {
    if (this.#state !== 'open' && this.#state !== 'stalled') return;
    this.#queue.push(bytes, this.#nextDueMs());
    this.#readBytes += bytes.length;
    this.#parts.onBuffered();
    this.#pump();
    if (this.#isFull()) this.#pauseSource();
  }

  #sourceEnded(): void {
    this.#endDueMs = this.#nextDueMs();
    this.#pump();
  }

  #nextDueMs(): number {
    const { latencyMs, jitterMs } = this.#faults;
    if (latencyMs === 0 && jitterMs === 0) return this.#lastDueMs;
    const delayMs = latencyMs + jitterAt(this.#parts.place, this.#readBytes, jitterMs);
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs);
    return this.#lastDueMs;
  }

  /** Writes what may leave, until something has to be waited for; whatever that is calls again. */
  #pump(): void {
    if (this.#state !== 'open') return;
    this.#clearWake();
    let pieces = 0;
    while (this.#mayWrite(pieces) && this.#writePiece()) pieces += 1;
  }

  /** Else the fault is done, the end passed on, or the wait for the next moment begun. */
  #mayWrite(pieces: number): boolean {
    if (this.#stop !== undefined && this.#forwardedBytes >= this.#stop.atBytes) {
      if (this.#pendingWrites === 0) this.#fire(this.#stop);
      return false;
    }
    if (this.#isSinkFull) return false;
    const head = this.#queue.head;
    const dueMs = head?.dueMs ?? this.#endDueMs;
    if (dueMs === undefined) return false;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) this.#wakeIn(waitMs);
    else if (head === undefined) this.#passEnd();
    else if (this.#isSliced() && pieces >= this.#piecesPerTurn()) this.#wakeNextTurn();
    else return true;
    return false;
  }

  /** @returns false when the bandwidth does not allow it yet */
  #writePiece(): boolean {
    let size = this.#pieceBytes(this.#queue.head?.bytes.length ?? 0);
    if (this.#bucket !== undefined) {
      const nowMs = performance.now();
      const granted = this.#bucket.take(size, nowMs);
      if (granted === 0) {
        this.#wakeIn(this.#bucket.readyInMs(size, nowMs));
        return false;
      }
      size = granted;
    }
    this.#write(this.#queue.take(size));
    return true;
  }

  #write(bytes: Buffer): void {
    this.#forwardedBytes += bytes.length;
    this.#pendingWrites += 1;
    this.#isSinkFull = !this.#parts.sink.write(bytes, this.#written);
    this.#parts.onBuffered();
    this.#readOn();
  }

  readonly #written = (): void => {
    this.#pendingWrites -= 1;
    if (this.#pendingWrites === 0 && this.#stop !== undefined && this.#forwardedBytes >= this.#stop.atBytes) {
      this.#pump();
    }
  };

  /** As much of so many bytes as may be written at once: neither a piece nor a stop is passed. */
  #pieceBytes(bytes: number): number {
    const { sliceBytes } = this.#faults;
    let size = bytes;
    if (this.#stop !== undefined) size = Math.min(size, this.#stop.atBytes - this.#forwardedBytes);
    if (sliceBytes !== undefined && this.#isSliced()) {
      size = Math.min(size, sliceBytes - (this.#forwardedBytes % sliceBytes));
    }
    return size;
  }

  #isSliced(): boolean {
    return this.#faults.sliceBytes !== undefined && this.#forwardedBytes < this.#faults.slicedBytesMax;
  }

  #piecesPerTurn(): number {
    return Math.min(piecesPerTurnMax, 1 + Math.floor(this.#queue.bytes / backlogBytesPerPiece));
  }

  #fire({ fault }: Stop): void {
    if (fault === 'blackHole') {
      this.#openHole();
      return;
    }
    this.#parts.log(fault, this.#forwardedBytes);
    if (fault === 'halfClose') {
      this.#parts.sink.end();
      this.#drop('halfClosed');
    } else this.#parts.onReset();
  }

  #openHole(): void {
    if (this.#state !== 'open') return;
    const isStall = this.#faults.blackHoleMode === 'stall';
    this.#parts.log(isStall ? 'stall' : 'blackHole', this.#forwardedBytes);
    if (isStall) {
      this.#state = 'stalled';
      this.#clearWake();
      this.#pauseSource();
    } else this.#drop('lost');
  }

  #drop(state: 'lost' | 'halfClosed'): void {
    this.#state = state;
    this.#queue.clear();
    this.#clearWake();
    clearTimeout(this.#holeTimer);
    this.#readOn();
  }

  #passEnd(): void {
    this.#state = 'ended';
    clearTimeout(this.#holeTimer);
    this.#parts.log('end', this.#forwardedBytes);
    this.#parts.sink.end();
  }

  #isFull(): boolean {
    return this.#queue.bytes >= queueBytesMax || this.#queue.length >= queueChunksMax;
  }

  #pauseSource(): void {
    this.#isSourcePaused = true;
    this.#parts.source.pause();
  }

  /** Reads again from half the bound on: in steps, not byte by byte. */
  #readOn(): void {
    if (!this.#isSourcePaused) return;
    if (this.#queue.bytes > queueBytesMax / 2 || this.#queue.length > queueChunksMax / 2) return;
    this.#isSourcePaused = false;
    this.#parts.source.resume();
  }

  #wakeIn(waitMs: number): void {
    this.#wakeTimer = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(waitMs)));
  }

  #wakeNextTurn(): void {
    this.#wakeTurn = setImmediate(() => this.#pump());
  }

  #clearWake(): void {
    clearTimeout(this.#wakeTimer);
    if (this.#wakeTurn !== undefined) clearImmediate(this.#wakeTurn);
    this.#wakeTimer = undefined;
    this.#wakeTurn = undefined;
  }
}
