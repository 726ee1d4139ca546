/**
 * The body of an answer of unknown length, in HTTP chunks. The library's own writing has three traps:
 *
 * - With a handler for writable sockets registered it does not send by itself what it holds; without one it does, but
 *   then gives the connection ten seconds to live, however long the stream still is. So a handler is always
 *   registered, and a cork in it makes the library send.
 * - It does not tell how much it holds, and takes any amount. So while it holds anything, the rest waits here, and is
 *   handed over in slices smaller than what makes a socket writable: only a slice at a time waits inside the library,
 *   and one that went through says that nothing waits there any more.
 * - What does not fit into the cork buffer any more is lost if the kernel does not take all that is in there. So no cork
 *   is given more than fits, and nothing is written in the one that the library puts around the reading of a request,
 *   which may hold other answers: what is written by then waits until the reading is over.
 */
import type { HttpResponse } from 'uWebSockets.js';

export interface StreamBodyParts {
  /** Writes status and headers. */
  readonly writeHead: () => void;
  /** All that was written has left, after it had not. */
  readonly onRoom: () => void;
  /** The library must not be given this answer any more. */
  readonly onEnd: () => void;
}

/**
 * The library's cork buffer holds 16 KiB, of which the other half is for the head and the framing; the kernel calls a
 * socket writable when more than this is free.
 */
const sliceBytesMax = 8192;
/** Length and line ends of a chunk. */
const framingBytes = 8;
/** A UTF-16 unit takes three bytes of UTF-8 at most. */
const sliceUnitsMax = Math.floor(sliceBytesMax / 3);

export class StreamBody {
  readonly #response: HttpResponse;
  readonly #parts: StreamBodyParts;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The library may still read the request. */
  #isHeld = true;
  #isStarted = false;
  /** The library holds bytes the kernel has not taken, or more than a slice is held here. */
  #isBlocked = false;
  #isEnding = false;
  #isOver = false;

  constructor(response: HttpResponse, parts: StreamBodyParts) {
    this.#response = response;
    this.#parts = parts;
    response.onWritable(() => this.#drain());
    setImmediate(() => {
      this.#isHeld = false;
      this.#drain();
    });
  }

  /** Takes the chunk in any case. @returns false when not all has left: wait for `onRoom` */
  write(chunk: string): boolean {
    if (this.#isOver || this.#isEnding || chunk === '') return !this.#isBlocked;
    if (this.#isHeld) this.#hold(Buffer.from(chunk));
    else if (this.#isBlocked) this.#waiting.push(Buffer.from(chunk));
    else if (chunk.length <= sliceUnitsMax) this.#response.cork(() => this.#writeSmall(chunk));
    else {
      this.#waiting.push(Buffer.from(chunk));
      this.#writeWaiting();
    }
    return !this.#isBlocked;
  }

  /** Ends the body behind what was written. */
  end(): void {
    if (this.#isOver || this.#isEnding) return;
    this.#isEnding = true;
    if (!this.#isBlocked && !this.#isHeld) this.#response.cork(() => this.#finish());
  }

  /** Answers a HEAD request. */
  writeHeadOnly(): void {
    this.#isOver = true;
    this.#parts.writeHead();
    this.#response.endWithoutBody();
  }

  /** The connection is gone. */
  drop(): void {
    this.#isOver = true;
    this.#waiting = [];
  }

  #hold(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#isBlocked = this.#waitingBytes > sliceBytesMax;
  }

  #writeSmall(chunk: string): void {
    this.#start();
    this.#isBlocked = !this.#response.write(chunk.toWellFormed());
  }

  /** Until a slice stays inside the library, or nothing waits. */
  #writeWaiting(): void {
    const waiting = this.#waiting;
    let taken = 0;
    let isFree = true;
    const writeCork = (): void => {
      this.#start();
      let left = sliceBytesMax + framingBytes;
      while (isFree && taken < waiting.length) {
        const chunk = waiting[taken] as Uint8Array;
        const slice = chunk.subarray(0, sliceBytesMax);
        left -= slice.length + framingBytes;
        if (left < 0) return;
        isFree = this.#response.write(slice);
        if (chunk.length > sliceBytesMax) waiting[taken] = chunk.subarray(sliceBytesMax);
        else taken += 1;
      }
    };
    while (isFree && taken < waiting.length) this.#response.cork(writeCork);
    this.#waiting = taken === waiting.length ? [] : waiting.slice(taken);
    this.#isBlocked = !isFree || this.#waiting.length > 0;
  }

  #drain(): boolean {
    if (this.#isOver || this.#isHeld) return true;
    const wasBlocked = this.#isBlocked;
    // Also when nothing waits here: leaving a cork makes the library send what it holds, which it may not have told.
    if (this.#waiting.length === 0) {
      this.#isBlocked = false;
      this.#response.cork(() => undefined);
    } else this.#writeWaiting();
    if (this.#isBlocked) return false;
    if (this.#isEnding) this.#response.cork(() => this.#finish());
    else if (wasBlocked) this.#parts.onRoom();
    return true;
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#parts.writeHead();
  }

  #finish(): void {
    this.#start();
    this.#isOver = true;
    this.#parts.onEnd();
    this.#response.end();
  }
}
