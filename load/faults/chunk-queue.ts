/** The bytes of one direction that wait for their time, in order. */

export interface Chunk {
  readonly bytes: Buffer;
  /** When it may leave, on the clock of `performance.now()`. */
  readonly dueMs: number;
}

export class ChunkQueue {
  #chunks: Chunk[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** How many chunks wait: many small ones cost more memory than their bytes. */
  get length(): number {
    return this.#chunks.length;
  }

  get head(): Chunk | undefined {
    return this.#chunks[0];
  }

  /** The bytes are kept, not copied. */
  push(bytes: Buffer, dueMs: number): void {
    this.#chunks.push({ bytes, dueMs });
    this.#bytes += bytes.length;
  }

  /** Takes bytes from the head: at least one, at most as many as it has. */
  take(size: number): Buffer {
    const head = this.#chunks[0];
    if (head === undefined || size < 1 || size > head.bytes.length) {
      throw new RangeError(`expected 1 to ${head?.bytes.length ?? 0} bytes to be taken, got ${size}`);
    }
    this.#bytes -= size;
    if (size === head.bytes.length) this.#chunks.shift();
    else this.#chunks[0] = { bytes: head.bytes.subarray(size), dueMs: head.dueMs };
    return head.bytes.subarray(0, size);
  }

  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }
}
