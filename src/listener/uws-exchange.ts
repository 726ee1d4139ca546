/**
 * The answer to one HTTP request through uWebSockets.js. The library throws when an answer is used after its end, and
 * ends the process when one is left without an abort handler; here calls after the end are no-ops, and the abort
 * handler is the first thing set.
 *
 * Memory for a client that does not read is bounded: a whole body is offered by `tryEnd`, which takes only what the
 * kernel has room for, and the rest waits here; while it waits the library accepts no further request on the
 * connection. A stream is written by {@link StreamBody}.
 */
import type { HttpResponse } from 'uWebSockets.js';
import type { HttpExchange } from '../model/transport.js';
import { type AnswerHeaders, checkHeaders, statusLine } from './answer-head.js';
import type { ListenerLog } from './listener-log.js';
import { remoteAddress } from './remote-address.js';
import { StreamBody } from './stream-body.js';

export class UwsExchange implements HttpExchange {
  isAborted = false;
  /** The connection is closed behind a whole answer. */
  closesConnection = false;
  readonly isHead: boolean;
  readonly #response: HttpResponse;
  readonly #log: ListenerLog;
  /** `respond`, or the end of a stream, has been called. */
  #isAnswered = false;
  /** The library must not be given this answer any more. */
  #isOver = false;
  /** The bytes of the body never change. */
  #isKept = false;
  #stream: StreamBody | undefined = undefined;
  #aborted: (() => void) | undefined = undefined;
  #writable: (() => void) | undefined = undefined;
  #address: string | undefined = undefined;

  constructor(response: HttpResponse, isHead: boolean, log: ListenerLog) {
    response.onAborted(() => this.#abort());
    this.#response = response;
    this.isHead = isHead;
    this.#log = log;
  }

  /** Known until the answer is over, and after it if asked before. */
  get remoteAddress(): string {
    if (this.#address === undefined && !this.#isOver) {
      this.#address = remoteAddress(this.#response.getRemoteAddress());
    }
    return this.#address ?? '';
  }

  respond(status: number, headers: AnswerHeaders, body: string | Uint8Array): void {
    if (this.#isAnswered || this.#isOver || this.#stream !== undefined) return;
    this.#isAnswered = true;
    if (this.#hasBadHeader(headers)) return;
    // The cork that the library puts around a read is gone once it has filled up: then each piece would be a send.
    this.#response.cork(() => this.#writeWhole(status, headers, body));
  }

  respondKept(status: number, headers: AnswerHeaders, bytes: Uint8Array): void {
    this.#isKept = true;
    this.respond(status, headers, bytes);
  }

  /** The head leaves with the first chunk, or at once if it is all that was asked for. */
  start(status: number, headers: AnswerHeaders): void {
    if (this.#isAnswered || this.#isOver || this.#stream !== undefined) return;
    if (this.#hasBadHeader(headers)) {
      this.#isAnswered = true;
      return;
    }
    const kept = { ...headers };
    this.#stream = new StreamBody(this.#response, {
      writeHead: () => this.#writeHead(status, kept),
      onRoom: () => this.#guarded(this.#writable),
      onEnd: () => {
        this.#isOver = true;
      },
    });
    if (this.isHead) this.#endHead(this.#stream);
  }

  write(chunk: string): boolean {
    if (this.#stream === undefined || this.#isAnswered || this.#isOver) return false;
    return this.#stream.write(chunk);
  }

  end(): void {
    if (this.#stream === undefined || this.#isAnswered || this.#isOver) return;
    this.#isAnswered = true;
    this.#stream.end();
  }

  terminate(): void {
    if (!this.#isOver) this.#response.close();
  }

  onAborted(callback: () => void): void {
    this.#aborted = callback;
    if (this.isAborted) this.#guarded(callback);
  }

  onWritable(callback: () => void): void {
    this.#writable = callback;
  }

  /** A handler threw: answers 500, or cuts an answer that was under way. */
  fail(): void {
    if (this.#isAnswered || this.#isOver) return;
    if (this.#stream === undefined) this.respond(500, plainText, 'internal error\n');
    else this.#response.close();
  }

  #hasBadHeader(headers: AnswerHeaders): boolean {
    try {
      checkHeaders(headers);
      return false;
    } catch (error) {
      this.#log.error({ err: error }, 'an answer with a bad header is replaced by 500');
      this.#response.cork(() => this.#writeWhole(500, plainText, 'internal error\n'));
      return true;
    }
  }

  #writeWhole(status: number, headers: AnswerHeaders, body: string | Uint8Array): void {
    this.#writeHead(status, headers);
    if (this.closesConnection) {
      this.#isOver = true;
      this.#response.end(this.isHead ? '' : body, true);
    } else if (status === 304) {
      // Without a length, which would have to be that of the answer it stands for (RFC 9110 section 8.6).
      this.#isOver = true;
      this.#response.endWithoutBody();
    } else if (this.isHead) {
      this.#isOver = true;
      this.#response.endWithoutBody(Buffer.byteLength(body));
    } else {
      const [, isDone] = this.#response.tryEnd(body, 0);
      if (isDone) this.#isOver = true;
      else if (typeof body === 'string') this.#finishLater(Buffer.from(body));
      else this.#finishLater(this.#isKept ? body : Uint8Array.from(body));
    }
  }

  #writeHead(status: number, headers: AnswerHeaders): void {
    const response = this.#response;
    if (status !== 200) response.writeStatus(statusLine(status));
    for (const name in headers) response.writeHeader(name, headers[name] as string);
  }

  /** The client reads slowly: the rest goes as the kernel takes it. */
  #finishLater(body: Uint8Array): void {
    const response = this.#response;
    response.onWritable((offset) => {
      if (this.#isOver) return true;
      const [isOk, isDone] = response.tryEnd(body.subarray(offset), body.length);
      if (isDone) this.#isOver = true;
      return isOk;
    });
  }

  /** Nobody waits for the body: a stream that does not end by itself would hold the connection for ever. */
  #endHead(stream: StreamBody): void {
    this.#isAnswered = true;
    this.#response.cork(() => stream.writeHeadOnly());
    this.#abort();
  }

  #abort(): void {
    this.isAborted = true;
    this.#isOver = true;
    this.#stream?.drop();
    this.#guarded(this.#aborted);
  }

  #guarded(callback: (() => void) | undefined): void {
    try {
      callback?.();
    } catch (error) {
      this.#log.error({ err: error }, 'an HTTP exchange is cut after a defect in a callback');
      if (!this.#isOver) this.#response.close();
    }
  }
}

const plainText: AnswerHeaders = Object.freeze({ 'Content-Type': 'text/plain; charset=utf-8' });
