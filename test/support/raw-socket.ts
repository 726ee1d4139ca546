/**
 * A client over plain TCP, for what no library would send: half requests, broken frames, floods, and a peer that does
 * not read or does not go. It reads HTTP answers and WebSocket frames; what is written is up to the test.
 */
import { Socket } from 'node:net';

/** An HTTP answer with a Content-Length, or a chunked one, or one without body. Header names are lower case. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A frame as a server sends it. */
export interface RawFrame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface FrameOptions {
  readonly isFinal?: boolean;
  /** The three bits behind the first: reserved for extensions. */
  readonly reserved?: number;
  /** False breaks the rule that clients mask. */
  readonly isMasked?: boolean;
}

/** RFC 6455 section 5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One frame of a client. The mask is zero, so the payload stays readable. */
export function clientFrame(opcode: number, payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
  const { isFinal = true, reserved = 0, isMasked = true } = options;
  const bytes = Buffer.from(payload);
  const maskBit = isMasked ? 0x80 : 0;
  let head: Buffer;
  if (bytes.length < 126) head = Buffer.from([0, maskBit | bytes.length]);
  else if (bytes.length < 65_536) {
    head = Buffer.from([0, maskBit | 126, 0, 0]);
    head.writeUInt16BE(bytes.length, 2);
  } else {
    head = Buffer.alloc(10);
    head[1] = maskBit | 127;
    head.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), bytes]);
}

/** The request for a WebSocket; a header set to undefined is left out, one set to several is repeated. */
export function upgradeRequest(headers: Readonly<Record<string, string | readonly string[] | undefined>> = {}): string {
  const all = {
    Host: 'localhost',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    (value === undefined ? [] : [value].flat()).map((line) => `${name}: ${line}\r\n`),
  );
  return `GET /v1/socket HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A whole request: `headers` are lines with their ends; a POST tells its length unless it is chunked. */
export function httpRequest(method: string, path: string, headers = '', body = ''): string {
  const isSized = method === 'POST' && !/^(?:Transfer-Encoding|Content-Length):/m.test(headers);
  const length = isSized ? `Content-Length: ${body.length}\r\n` : '';
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${length}${headers}\r\n${body}`;
}

export class RawSocket {
  readonly socket = new Socket({ allowHalfOpen: true });
  /** The connection is gone in both directions. */
  isClosed = false;
  /** The server will send nothing more. */
  isEnded = false;
  #received: Buffer = Buffer.alloc(0);
  #changed: () => void = () => undefined;

  private constructor(port: number) {
    this.socket.on('data', (data) => {
      this.#received = Buffer.concat([this.#received, data as Buffer]);
      this.#changed();
    });
    this.socket.on('end', () => {
      this.isEnded = true;
      this.#changed();
    });
    this.socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
    for (const event of ['connect', 'drain']) this.socket.on(event, () => this.#changed());
    this.socket.on('error', () => undefined);
    this.socket.connect(port, '127.0.0.1').setNoDelay(true);
  }

  /** Connects, and sends nothing. */
  static async connect(port: number): Promise<RawSocket> {
    const raw = new RawSocket(port);
    await raw.until(() => (raw.socket.connecting ? undefined : true));
    return raw;
  }

  /** Connects and has the connection made a WebSocket. */
  static async webSocket(port: number, headers: Parameters<typeof upgradeRequest>[0] = {}): Promise<RawSocket> {
    const raw = await RawSocket.connect(port);
    raw.write(upgradeRequest(headers));
    const { status, body } = await raw.answer();
    if (status !== 101) throw new Error(`expected 101, got ${status} ${body}`);
    return raw;
  }

  /** What has come and was not taken yet. */
  get received(): Buffer {
    return this.#received;
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Writes and waits until the kernel has taken it, or the server has ended. */
  async pour(bytes: Uint8Array): Promise<void> {
    if (this.isClosed || this.socket.write(bytes)) return;
    await this.until(() => (this.socket.writableLength === 0 || this.isEnded || this.isClosed ? true : undefined));
  }

  /** The next HTTP answer. @param hasBody false for the answer to a HEAD request, which only tells its length */
  answer(hasBody = true): Promise<RawAnswer> {
    return this.until(() => this.#takeAnswer(hasBody));
  }

  /** The next frame of the server. */
  frame(): Promise<RawFrame> {
    return this.until(() => this.#takeFrame());
  }

  /** The next close frame; frames before it are passed over. */
  async closeFrame(): Promise<{ readonly code: number; readonly reason: Buffer }> {
    for (;;) {
      const { opcode, payload } = await this.frame();
      if (opcode === opcodes.close) return { code: payload.readUInt16BE(0), reason: payload.subarray(2) };
    }
  }

  async untilClosed(withinMs?: number): Promise<void> {
    await this.until(() => (this.isClosed ? true : undefined), withinMs);
  }

  /** Waits until `look` gives something. Rejects when the server ended first, or after `withinMs`. */
  async until<T>(look: () => T | undefined, withinMs = 10_000): Promise<T> {
    const endsAtMs = performance.now() + withinMs;
    for (;;) {
      const seen = look();
      if (seen !== undefined) return seen;
      if (this.isClosed || (this.isEnded && this.#received.length === 0)) throw new Error('the server closed');
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0) throw new Error(`nothing came within ${withinMs} ms: ${this.#received.toString('latin1')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Drops the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  #takeAnswer(hasBody: boolean): RawAnswer | undefined {
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return undefined;
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, headEnd).split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const status = Number(statusLine.split(' ')[1]);
    const start = headEnd + 4;
    if (headers['transfer-encoding'] === 'chunked') {
      const chunked = unchunk(this.#received, start);
      if (chunked === undefined) return undefined;
      this.#received = this.#received.subarray(chunked.end);
      return { status, headers, body: chunked.body };
    }
    const end = start + (hasBody ? Number(headers['content-length'] ?? 0) : 0);
    if (this.#received.length < end) return undefined;
    const body = this.#received.toString('utf8', start, end);
    this.#received = this.#received.subarray(end);
    return { status, headers, body };
  }

  #takeFrame(): RawFrame | undefined {
    const bytes = this.#received;
    if (bytes.length < 2) return undefined;
    const short = (bytes[1] as number) & 0x7f;
    const start = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (bytes.length < start) return undefined;
    const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < start + length) return undefined;
    const first = bytes[0] as number;
    this.#received = bytes.subarray(start + length);
    return { isFinal: first >= 0x80, opcode: first & 0x0f, payload: bytes.subarray(start, start + length) };
  }
}

/** A chunked body, when all of it has come. */
function unchunk(bytes: Buffer, start: number): { readonly body: string; readonly end: number } | undefined {
  const chunks: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (bytes[next - 2] !== 13 || bytes[next - 1] !== 10) throw new Error(`expected a chunk to end at ${next}`);
    if (size === 0) return { body: Buffer.concat(chunks).toString(), end: next };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
