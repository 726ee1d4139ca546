/**
 * One badly behaved client: opens a session, behaves as it is told, and comes again when it is closed. It writes bytes
 * that were encoded before, so that one process can be all of them.
 */
import { connect, type Socket } from 'node:net';
import { clientMessage, opcodes } from '../client/client-message.js';
import { isUpgraded, upgradeRequest } from '../client/handshake.js';
import { helloMessage, subprotocol } from '../client/hello.js';
import { MessageReader } from '../client/message-reader.js';
import type { Behaviour } from './behaviours.js';

/** What the clients of one group have in common. */
export interface GroupTally {
  opened: number;
  readonly closed: Map<string, number>;
  bytesWritten: number;
}

export interface HostileClientParts {
  readonly host: string;
  readonly port: number;
  readonly behaviour: Behaviour;
  readonly tally: GroupTally;
}

const path = '/v1/socket';
/** RFC 6455 section 7.1.5: the connection ended without a close frame. */
const noCloseFrame = '1006';

export class HostileClient {
  readonly #parts: HostileClientParts;
  #socket: Socket | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #turn = 0;
  #isBlocked = false;
  #isOver = false;

  constructor(parts: HostileClientParts) {
    this.#parts = parts;
  }

  /** Opens a session, and another after the end of each. */
  start(): void {
    if (this.#isOver) return;
    const { host, port, tally, behaviour } = this.#parts;
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    this.#turn = 0;
    this.#isBlocked = false;
    let code = noCloseFrame;
    let isOpen = false;
    const reader = new MessageReader((opcode, bytes, start, end) => {
      const isAnswer = opcode === opcodes.text && !isOpen;
      if (isAnswer) {
        // The first frame of the gateway is `welcome`.
        isOpen = true;
        tally.opened += 1;
        this.#behave(socket);
      } else if (opcode === opcodes.ping) socket.write(clientMessage(opcodes.pong, bytes.subarray(start, end)));
      else if (opcode === opcodes.close) {
        if (end - start >= 2) code = String(bytes.readUInt16BE(start));
        socket.end();
      }
    });
    socket.once('connect', () => socket.write(upgradeRequest({ host, port, path, subprotocol: subprotocol('json') })));
    socket.on(
      'data',
      readFrames(reader, () => socket.write(helloMessage('json', false))),
    );
    socket.on('drain', () => {
      this.#isBlocked = false;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(this.#timer);
      tally.bytesWritten += socket.bytesWritten;
      if (this.#isOver) return;
      if (isOpen) tally.closed.set(code, (tally.closed.get(code) ?? 0) + 1);
      this.#timer = setTimeout(() => this.start(), behaviour.againMs);
    });
  }

  /** Ends it for good. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #behave(socket: Socket): void {
    if (this.#isOver || this.#socket !== socket || socket.destroyed || socket.writableEnded) return;
    const { behaviour } = this.#parts;
    // Nothing is written into a full buffer: what this process would gather is no load of the server.
    if (!this.#isBlocked) {
      behaviour.act(
        {
          write: (bytes) => {
            this.#isBlocked = !socket.write(bytes);
            return !this.#isBlocked;
          },
          pause: () => void socket.pause(),
          resume: () => void socket.resume(),
          bytesRead: socket.bytesRead,
        },
        this.#turn,
      );
      this.#turn += 1;
    }
    if (behaviour.everyMs === 0) setImmediate(() => this.#behave(socket));
    else this.#timer = setTimeout(() => this.#behave(socket), behaviour.everyMs);
  }
}

/** Takes what comes: the answer to the upgrade first, then frames. */
function readFrames(reader: MessageReader, upgraded: () => void): (chunk: Buffer) => void {
  let head: string | undefined = '';
  return (chunk) => {
    if (head === undefined) {
      reader.push(chunk, chunk.length);
      return;
    }
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end === -1 || !isUpgraded(head.slice(0, end))) return;
    const rest = Buffer.from(head.slice(end + 4), 'latin1');
    head = undefined;
    upgraded();
    reader.push(rest, rest.length);
  };
}
