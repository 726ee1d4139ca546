/**
 * Where a client command tells: results on stdout, at the pace of whoever reads them; trouble on stderr. A reader that goes
 * away is no failure.
 */
import type { Writable } from 'node:stream';
import picocolors from 'picocolors';
import { type Colors, jsonText, readableText, type Told } from './told.js';

export interface OutputOptions {
  /** One JSON object a line, errors among them. */
  readonly isJson: boolean;
  /** When it fires nobody waits for a slow reader any more. */
  readonly stop: AbortSignal;
  /** Stdout cannot be written to; without an error because nobody reads it. Told once. */
  readonly onUnread: (error: Error | undefined) => void;
}

/** Milliseconds a slow reader has at the end. */
const lastMs = 500;

/** What a stream that lost its reader fails with. */
const unreadCodes = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

export class Output {
  readonly #options: OutputOptions;
  readonly #stdout = process.stdout;
  readonly #stderr = process.stderr;
  readonly #colors = colorsOf(process.stdout);
  readonly #errorColors = colorsOf(process.stderr);
  #isUnread = false;
  /** Resolves when stdout takes more. */
  #room: Promise<void> | undefined = undefined;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#isUnread) return;
      this.#isUnread = true;
      options.onUnread(unreadCodes.has(error.code ?? '') ? undefined : error);
    });
    this.#stderr.on('error', () => undefined);
  }

  get isJson(): boolean {
    return this.#options.isJson;
  }

  /** Writes one line, to stdout. Resolves when more may follow. */
  async tell(told: Told): Promise<void> {
    const text = this.#options.isJson ? jsonText(told) : readableText(told, this.#colors);
    if (text === undefined || this.#isUnread) return;
    if (!this.#stdout.write(`${text}\n`)) this.#room ??= this.#drained();
    await this.#room;
  }

  /** Writes one line that is no result: to stderr, unless stdout is to have everything. */
  async tellAside(told: Told): Promise<void> {
    if (this.#options.isJson) await this.tell(told);
    else this.#stderr.write(`${readableText(told, this.#errorColors) ?? ''}\n`);
  }

  /** Says something about the connection, or about itself, to people. */
  note(text: string): void {
    this.#stderr.write(`${this.#errorColors.dim(`sluice: ${text}`)}\n`);
  }

  /** Resolves when stdout has all of it; soon, when nobody waits for that any more. */
  flushed(): Promise<void> {
    const { stop } = this.#options;
    return new Promise((resolve) => {
      if (this.#isUnread) return resolve();
      const hurry = () => setTimeout(resolve, lastMs).unref();
      if (stop.aborted) hurry();
      else stop.addEventListener('abort', hurry, { once: true });
      this.#stdout.write('', () => resolve());
    });
  }

  #drained(): Promise<void> {
    const { stop } = this.#options;
    return new Promise((resolve) => {
      const done = () => {
        this.#room = undefined;
        for (const event of ['drain', 'close']) this.#stdout.off(event, done);
        stop.removeEventListener('abort', done);
        resolve();
      };
      if (stop.aborted) {
        resolve();
        return;
      }
      for (const event of ['drain', 'close']) this.#stdout.on(event, done);
      stop.addEventListener('abort', done);
    });
  }
}

function colorsOf(stream: Writable & { readonly isTTY?: boolean }): Colors {
  return picocolors.createColors(stream.isTTY === true && !process.env.NO_COLOR);
}
