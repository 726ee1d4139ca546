/**
 * What the handlers wrote down, in the order they were called: a file that only grows, one line per call, written
 * before the handler does its work.
 *
 *     n attempt key keySequence start
 *
 * A line ends in `late` where the deadline of the event had passed already.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** One call of a handler. */
export interface HandlerCall {
  readonly n: number;
  /** From 1. */
  readonly attempt: number;
  /** -1 for none. */
  readonly key: number;
  readonly keySequence: number;
}

const chunkBytes = 1 << 20;
const lineBytesMax = 256;
const callsMax = 100_000_000;
const linePattern = /^(\d+) (\d+) (-?\d+) (\d+) start( late)?$/;

export class HandlerLedger {
  /** The last line has no end: the writer was killed while it wrote. That line is left out. */
  isTorn = false;
  /** Numbers of the events that started after their deadline. */
  readonly late: number[] = [];
  #length = 0;
  #n = new Float64Array(1024);
  #attempt = new Int32Array(1024);
  #key = new Int32Array(1024);
  #keySequence = new Int32Array(1024);

  /** Reads a file piece by piece. @throws Error for a line of another form, or when the file cannot be read */
  static read(path: string): HandlerLedger {
    const ledger = new HandlerLedger();
    const file = openSync(path, 'r');
    try {
      const chunk = Buffer.alloc(chunkBytes);
      let rest = '';
      for (;;) {
        const bytes = readSync(file, chunk);
        if (bytes === 0) break;
        rest = ledger.#lines(rest + chunk.toString('latin1', 0, bytes));
      }
      ledger.isTorn = rest !== '';
    } finally {
      closeSync(file);
    }
    return ledger;
  }

  /** The same from text. */
  static parse(text: string): HandlerLedger {
    const ledger = new HandlerLedger();
    ledger.isTorn = ledger.#lines(text) !== '';
    return ledger;
  }

  get length(): number {
    return this.#length;
  }

  *[Symbol.iterator](): Generator<HandlerCall> {
    for (let i = 0; i < this.#length; i += 1) {
      yield {
        n: this.#n[i] as number,
        attempt: this.#attempt[i] as number,
        key: this.#key[i] as number,
        keySequence: this.#keySequence[i] as number,
      };
    }
  }

  /** @returns what stands behind the last end of a line */
  #lines(text: string): string {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    const rest = text.slice(start);
    if (rest.length > lineBytesMax) this.#line(rest);
    return rest;
  }

  #line(line: string): void {
    const found = linePattern.exec(line);
    if (found === null) {
      const got = JSON.stringify(line.slice(0, 80));
      throw new Error(
        `line ${this.#length + 1} of the handler ledger: expected "n attempt key keySequence start", got ${got}`,
      );
    }
    if (this.#length === callsMax)
      throw new Error(`expected at most ${callsMax} calls in the handler ledger, got more`);
    if (this.#length === this.#n.length) this.#grow();
    const at = this.#length;
    this.#length += 1;
    this.#n[at] = Number(found[1]);
    this.#attempt[at] = Number(found[2]);
    this.#key[at] = Number(found[3]);
    this.#keySequence[at] = Number(found[4]);
    if (found[5] !== undefined) this.late.push(Number(found[1]));
  }

  #grow(): void {
    const size = this.#n.length * 2;
    const n = new Float64Array(size);
    n.set(this.#n);
    this.#n = n;
    this.#attempt = wider(this.#attempt, size);
    this.#key = wider(this.#key, size);
    this.#keySequence = wider(this.#keySequence, size);
  }
}

function wider(numbers: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(size);
  copy.set(numbers);
  return copy;
}
