/** The answer to an HTTP request without a connection: what was written, and a client whose room a test decides on. */
import type { HttpExchange } from '../../src/model/transport.js';

export class FakeExchange implements HttpExchange {
  isAborted = false;
  hasRoom = true;
  isEnded = false;
  status = 0;
  headers: Readonly<Record<string, string>> = {};
  /** The whole body, or the stream so far. */
  body = '';
  #aborted: () => void = () => undefined;
  #writable: () => void = () => undefined;

  respond(status: number, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
    if (this.status !== 0) throw new Error('expected one answer, got two');
    this.start(status, headers);
    this.write(body as string);
    this.end();
  }

  respondKept(status: number, headers: Readonly<Record<string, string>>, bytes: Uint8Array): void {
    this.respond(status, headers, bytes);
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.status !== 0) throw new Error('expected one answer, got two');
    this.status = status;
    this.headers = headers;
  }

  write(chunk: string): boolean {
    if (this.isAborted || this.isEnded) return false;
    this.body += chunk;
    return this.hasRoom;
  }

  end(): void {
    this.isEnded = true;
  }

  terminate(): void {
    this.abort();
  }

  onAborted(callback: () => void): void {
    this.#aborted = callback;
  }

  onWritable(callback: () => void): void {
    this.#writable = callback;
  }

  /** The client goes. */
  abort(): void {
    this.isAborted = true;
    this.#aborted();
  }

  /** The client has read everything. */
  drain(): void {
    this.hasRoom = true;
    this.#writable();
  }

  /** What was written since the last call. */
  taken(): string {
    const { body } = this;
    this.body = '';
    return body;
  }
}
