/**
 * A WebSocket connection without a WebSocket library: the upgrade, then bytes. All sockets of the process read into
 * one buffer, since a chunk is used up before the next read.
 */
import { connect, type Socket } from 'node:net';
import { clientMessage, opcodes } from './client-message.js';
import { isUpgraded, upgradeRequest } from './handshake.js';
import { MessageReader } from './message-reader.js';

export interface RawSocketOptions {
  readonly port: number;
  /** Path of the upgrade request. */
  readonly path: string;
  /** Offered at the upgrade; nothing is when it is absent. */
  readonly subprotocol?: string | undefined;
  /** The upgrade is answered; what the server said together with that is handed over next. */
  readonly onOpen?: (socket: RawSocket) => void;
  /** A text or binary message; the bytes are valid during the call only. */
  readonly onMessage: (bytes: Buffer, start: number, end: number) => void;
  /** All messages of one read have been handed over: the time to answer them together. */
  readonly onRead: () => void;
  /** The connection ended, by whichever side, after it was open. */
  readonly onClose: (reason: string) => void;
}

/** Servers are measured on this machine only. */
const host = '127.0.0.1';
const readBuffer = Buffer.alloc(256 * 1024);

export class RawSocket {
  isOpen = false;
  private readonly socket: Socket;
  private readonly reader: MessageReader;
  private readonly options: RawSocketOptions;
  private upgrade = '';
  private closeReason = 'closed without a close frame';
  private readonly settle: { opened: () => void; failed: (error: Error) => void };

  /** Resolves when the upgrade is answered with 101. @throws the connection's error, or what was answered instead */
  static open(options: RawSocketOptions): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const opened = (): void => {
        options.onOpen?.(raw);
        resolve(raw);
      };
      const raw: RawSocket = new RawSocket(options, { opened, failed: reject });
    });
  }

  private constructor(options: RawSocketOptions, settle: RawSocket['settle']) {
    this.options = options;
    this.settle = settle;
    this.reader = new MessageReader((opcode, bytes, start, end) => this.take(opcode, bytes, start, end));
    this.socket = connect({
      host,
      port: options.port,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          this.read(length);
          return true;
        },
      },
    });
    this.socket.setNoDelay(true);
    this.socket.once('connect', () => this.socket.write(upgradeRequest({ ...options, host })));
    this.socket.on('error', (error) => {
      this.closeReason = error.message;
      settle.failed(error);
    });
    this.socket.once('close', () => {
      settle.failed(new Error(`the upgrade was not answered with 101: ${this.upgrade.split('\r\n')[0] ?? ''}`));
      if (this.isOpen) options.onClose(this.closeReason);
      this.isOpen = false;
    });
  }

  /** Writes whole messages. @returns false when the socket still holds the bytes: they must not be overwritten */
  send(bytes: Buffer): boolean {
    this.socket.write(bytes);
    return this.socket.writableLength === 0;
  }

  /** Ends the connection without a close frame; `onClose` is not called. */
  destroy(): void {
    this.isOpen = false;
    this.socket.destroy();
  }

  private read(length: number): void {
    try {
      if (this.isOpen) this.reader.push(readBuffer, length);
      else this.readUpgrade(length);
    } catch (error) {
      this.closeReason = String(error);
      this.socket.destroy();
      return;
    }
    if (this.isOpen) this.options.onRead();
  }

  private readUpgrade(length: number): void {
    this.upgrade += readBuffer.toString('latin1', 0, length);
    const end = this.upgrade.indexOf('\r\n\r\n');
    if (end === -1) return;
    const head = this.upgrade.slice(0, end);
    if (!isUpgraded(head)) {
      this.socket.destroy();
      return;
    }
    this.isOpen = true;
    this.settle.opened();
    const rest = Buffer.from(this.upgrade.slice(end + 4), 'latin1');
    this.reader.push(rest, rest.length);
  }

  private take(opcode: number, bytes: Buffer, start: number, end: number): void {
    switch (opcode) {
      case opcodes.text:
      case opcodes.binary:
        this.options.onMessage(bytes, start, end);
        return;
      case opcodes.ping:
        this.socket.write(clientMessage(opcodes.pong, bytes.subarray(start, end)));
        return;
      case opcodes.close:
        this.closeReason =
          end - start < 2 ? 'close frame' : `${bytes.readUInt16BE(start)} ${bytes.toString('utf8', start + 2, end)}`;
        this.socket.end();
        return;
      case opcodes.pong:
        return;
      default:
        throw new Error(`expected a known opcode, got ${opcode}`);
    }
  }
}
