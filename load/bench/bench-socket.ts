/**
 * A client's WebSocket in one of two forms: bytes over a plain socket, so that the generator costs little, or the
 * package `ws`, as real clients have it. Either may read slowly, which its server then notices by its full buffers.
 */
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { clientMessage, opcodes } from '../client/client-message.js';
import { isUpgraded, upgradeRequest } from '../client/handshake.js';
import { subprotocol } from '../client/hello.js';
import { MessageReader } from '../client/message-reader.js';
import type { Encoding } from '../client/order.js';

export interface BenchSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly encoding: Encoding;
  /** Absent: all that comes. */
  readonly readBytesPerS?: number;
  /** One message; the bytes are valid during the call only. */
  readonly onMessage: (bytes: Buffer) => void;
  /** The messages of one read have been handed over. */
  readonly onRead: () => void;
  /** 1006 without a close frame. Not called after `destroy`. */
  readonly onClose: (code: number, reason: string) => void;
}

export interface BenchSocket {
  /** Gathers one message; it leaves with the next `flush`. */
  send(payload: Buffer): void;
  flush(): void;
  /** Ends the connection at once. */
  destroy(): void;
}

/** Of the WebSocket endpoint. */
const path = '/v1/socket';
/** How often a slow reader reads. */
const readEveryMs = 20;
const msPerS = 1000;
/** RFC 6455 section 7.1.5: the connection ended without a close frame. */
const noCloseFrame = 1006;

/** Resolves when the upgrade is answered with 101. @throws the connection's error, or what was answered instead */
export function openBenchSocket(client: 'raw' | 'ws', options: BenchSocketOptions): Promise<BenchSocket> {
  return client === 'raw' ? RawBenchSocket.open(options) : openWs(options);
}

class RawBenchSocket implements BenchSocket {
  readonly #socket: Socket;
  readonly #options: BenchSocketOptions;
  readonly #reader = new MessageReader((opcode, bytes, start, end) => this.#take(opcode, bytes.subarray(start, end)));
  #gathered: Buffer[] = [];
  #head: string | undefined = '';
  #closed = { code: noCloseFrame, reason: '' };
  #isOver = false;

  static open(options: BenchSocketOptions): Promise<BenchSocket> {
    return new Promise((resolve, reject) => {
      const opened: RawBenchSocket = new RawBenchSocket(options, () => resolve(opened), reject);
    });
  }

  private constructor(options: BenchSocketOptions, opened: () => void, failed: (error: Error) => void) {
    const { host, port, encoding } = options;
    this.#options = options;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.once('connect', () =>
      this.#socket.write(upgradeRequest({ host, port, path, subprotocol: subprotocol(encoding) })),
    );
    this.#socket.on('data', (chunk) => this.#read(chunk, opened));
    this.#socket.on('error', failed);
    this.#socket.once('close', () => {
      failed(
        new Error(`expected the upgrade to be answered with 101, got ${this.#head?.split('\r\n')[0] ?? 'an end'}`),
      );
      if (this.#head !== undefined || this.#isOver) return;
      this.#isOver = true;
      options.onClose(this.#closed.code, this.#closed.reason);
    });
    if (options.readBytesPerS !== undefined) readSlowly(this.#socket, options.readBytesPerS);
  }

  send(payload: Buffer): void {
    this.#gathered.push(clientMessage(this.#options.encoding === 'json' ? opcodes.text : opcodes.binary, payload));
  }

  flush(): void {
    if (this.#gathered.length === 0) return;
    const [first] = this.#gathered;
    this.#socket.write(this.#gathered.length === 1 ? (first as Buffer) : Buffer.concat(this.#gathered));
    this.#gathered = [];
  }

  destroy(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #read(chunk: Buffer, opened: () => void): void {
    if (this.#isOver) return;
    let rest = chunk;
    if (this.#head !== undefined) {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!isUpgraded(this.#head.slice(0, end))) {
        this.#socket.destroy();
        return;
      }
      rest = Buffer.from(this.#head.slice(end + 4), 'latin1');
      this.#head = undefined;
      opened();
    }
    this.#reader.push(rest, rest.length);
    this.#options.onRead();
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) this.#socket.write(clientMessage(opcodes.pong, payload));
    else if (opcode === opcodes.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : noCloseFrame;
      this.#closed = { code, reason: payload.toString('utf8', 2) };
      this.#socket.end();
    } else if (opcode !== opcodes.pong) this.#options.onMessage(payload);
  }
}

async function openWs(options: BenchSocketOptions): Promise<BenchSocket> {
  const socket = new WebSocket(`ws://${options.host}:${options.port}${path}`, subprotocol(options.encoding), {
    perMessageDeflate: false,
  });
  const underneath = new Promise<Socket>((resolve) => socket.once('upgrade', (response) => resolve(response.socket)));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  let isOver = false;
  let gathered: Buffer[] = [];
  socket.on('message', (data) => {
    options.onMessage(data as Buffer);
    options.onRead();
  });
  socket.on('error', () => undefined);
  socket.once('close', (code, reason) => {
    if (!isOver) options.onClose(code, reason.toString());
  });
  if (options.readBytesPerS !== undefined) readSlowly(await underneath, options.readBytesPerS);
  return {
    send: (payload) => void gathered.push(payload),
    flush() {
      for (const payload of gathered) socket.send(payload, { binary: options.encoding === 'msgpack' });
      gathered = [];
    },
    destroy() {
      isOver = true;
      socket.terminate();
    },
  };
}

/** Reads no more than a share of a second's bytes before it pauses until the next look; 0 reads nothing at all. */
function readSlowly(socket: Socket, bytesPerS: number): void {
  let seenBytes = socket.bytesRead;
  let allowedBytes = 0;
  const timer = setInterval(() => {
    allowedBytes = Math.min(allowedBytes + (bytesPerS * readEveryMs) / msPerS, bytesPerS);
    allowedBytes -= socket.bytesRead - seenBytes;
    seenBytes = socket.bytesRead;
    if (allowedBytes > 0) socket.resume();
    else socket.pause();
  }, readEveryMs);
  socket.once('close', () => clearInterval(timer));
}
