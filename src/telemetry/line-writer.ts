/**
 * Writes lines to a file descriptor at once, and never waits: a pipe that nobody reads takes no more (`EAGAIN`, as
 * Node has set it not to block), and then lines gather here up to a bound, and are dropped beyond it. So a log
 * collector that stands still holds up neither the gateway nor the end of the process. What was dropped is told once
 * there is room again. A descriptor that fails for good (`EPIPE`, a full disk) loses its lines and ends nothing.
 */
import { writeSync } from 'node:fs';

export interface LineWriterOptions {
  readonly fd: number;
  /** Bytes that may wait. @default 4 MiB */
  readonly bytesMax?: number;
  /** The line that tells how many were dropped. */
  readonly droppedLine: (count: number) => string;
  /** @default `writeSync` of Node */
  readonly write?: (fd: number, bytes: Uint8Array) => number;
}

const defaultBytesMax = 4 * 1024 * 1024;
/** Milliseconds until a descriptor that was full is tried again. */
const retryMs = 20;
const nothing = new Uint8Array();

export class LineWriter {
  readonly #fd: number;
  readonly #bytesMax: number;
  readonly #droppedLine: (count: number) => string;
  readonly #write: (fd: number, bytes: Uint8Array) => number;
  /** What waits: first the rest of a line that was written in part, then whole lines. */
  #rest: Uint8Array = nothing;
  #lines = '';
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(options: LineWriterOptions) {
    this.#fd = options.fd;
    this.#bytesMax = options.bytesMax ?? defaultBytesMax;
    this.#droppedLine = options.droppedLine;
    this.#write = options.write ?? writeSync;
  }

  /** @param line with its line break */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes + bytes > this.#bytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#lines += line;
    this.#bytes += bytes;
    // While something waits, the timer asks: one refusal per line would cost as much as writing it.
    if (this.#timer === undefined) this.#writeOut();
  }

  /** Writes what waits, before the process ends. Blocks for `withinMs` at most. */
  flush(withinMs: number): void {
    const untilMs = performance.now() + withinMs;
    const asleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    this.#writeOut();
    while (this.#bytes > 0 && performance.now() < untilMs) {
      Atomics.wait(asleep, 0, 0, retryMs);
      this.#writeOut();
    }
  }

  #writeOut(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#bytes > 0) {
      if (this.#rest.length === 0) {
        this.#rest = Buffer.from(this.#lines);
        this.#lines = '';
      }
      const written = this.#tryToWrite(this.#rest);
      if (written === 0) {
        this.#timer = setTimeout(() => this.#writeOut(), retryMs).unref();
        return;
      }
      this.#rest = this.#rest.subarray(written);
      this.#bytes -= written;
      if (this.#bytes === 0) this.#tellDropped();
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#lines = this.#droppedLine(this.#dropped);
    this.#bytes = Buffer.byteLength(this.#lines);
    this.#dropped = 0;
  }

  /** @returns 0 when there is no room; a failed descriptor counts as written, for nobody will ever read it */
  #tryToWrite(bytes: Uint8Array): number {
    try {
      return this.#write(this.#fd, bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : bytes.length;
    }
  }
}
