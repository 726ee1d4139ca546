/**
 * The life of a WebSocket, from the library's callbacks to the {@link SocketHandler}. Every callback is total: a throw
 * would end the process, so it is logged as a defect and that one socket is closed.
 *
 * A socket that sends faster than it is read is read again and again without the event loop turning, and the library
 * cannot pause it. So each socket has a share of every turn; what comes beyond it waits in a backlog for the next
 * turns, in order. A client that keeps to its credit is bounded by that, and never notices. One that does not fills its
 * backlog, and is ended inside the callback, which stops the reading.
 */
import type { WebSocket, WebSocketBehavior } from 'uWebSockets.js';
import type { SocketHandler } from '../model/transport.js';
import { closeCodes } from '../protocol/close-codes.js';
import type { ListenerLog } from './listener-log.js';
import { type BacklogRoom, MessageBacklog } from './message-backlog.js';
import { Rounds } from './rounds.js';
import { admits, type TurnBounds } from './turn-meter.js';
import { type SocketSlot, UwsSocket } from './uws-socket.js';

export interface SocketEventsParts<Session> {
  readonly handler: SocketHandler<Session>;
  /** What is handled of one socket in one turn of the event loop. */
  readonly share: TurnBounds;
  readonly log: ListenerLog;
  readonly floodFramesMax: number;
  readonly floodBytesMax: number;
}

type Ws<Session> = WebSocket<SocketSlot<Session>>;

/** Full backlogs that may exist at a time. */
const fullBacklogsMax = 8;

/** Bytes of pongs a client may leave unread: the library answers pings by itself, and its buffer has no bound. */
const pongBytesMax = 16_384;
/** Header of a frame with a short payload. */
const frameHeaderBytes = 2;
/** RFC 6455 section 7.4.1: an unexpected condition. */
const internalError = 1011;

/** Longest mark of a ping that is looked at when it comes back. */
const markBytesMax = 16;

function markOf(bytes: ArrayBuffer): string | undefined {
  return bytes.byteLength > 0 && bytes.byteLength <= markBytesMax ? Buffer.from(bytes).toString('latin1') : undefined;
}

export class SocketEvents<Session> {
  readonly #parts: SocketEventsParts<Session>;
  readonly #share: TurnBounds;
  readonly #controls: TurnBounds;
  readonly #room: BacklogRoom;
  readonly #rounds = new Rounds<UwsSocket<Session>>((socket) => this.#workOff(socket));

  constructor(parts: SocketEventsParts<Session>) {
    const { share, floodFramesMax, floodBytesMax } = parts;
    this.#parts = parts;
    this.#share = share;
    this.#controls = { turn: share.turn, framesMax: floodFramesMax, bytesMax: floodBytesMax };
    this.#room = {
      messagesMax: floodFramesMax,
      bytesMax: floodBytesMax,
      allBytesMax: floodBytesMax * fullBacklogsMax,
      allBytes: 0,
    };
  }

  /** The callbacks as the library wants them. */
  get behavior(): WebSocketBehavior<SocketSlot<Session>> {
    return {
      open: (ws) => this.#open(ws),
      message: (ws, bytes, isBinary) => this.#message(ws, bytes, isBinary),
      ping: (ws, bytes) => this.#ping(ws, bytes.byteLength),
      pong: (ws, bytes) => void this.#heard(ws, bytes.byteLength, markOf(bytes)),
      drain: (ws) => this.#drain(ws),
      close: (ws, code, message) => this.#close(ws, code, Buffer.from(message).toString()),
    };
  }

  /** Tells the close of sockets that are gone but for their backlog. */
  close(): void {
    for (const socket of this.#rounds.all) socket.terminate();
  }

  #open(ws: Ws<Session>): void {
    const slot = ws.getUserData();
    const socket: UwsSocket<Session> = new UwsSocket<Session>(ws, {
      controls: this.#controls,
      finish: () => this.#tellClose(socket),
    });
    slot.socket = socket;
    try {
      socket.session = this.#parts.handler.open(socket, slot.subprotocol);
      socket.hasSession = true;
    } catch (error) {
      this.#defect(socket, 'open', error);
    }
    if (socket.hasSession) this.#tellClose(socket);
  }

  #message(ws: Ws<Session>, bytes: ArrayBuffer, isBinary: boolean): void {
    const { socket } = ws.getUserData();
    if (socket === undefined || !socket.isOpen) return;
    if (socket.backlog === undefined && admits(socket, this.#share, bytes.byteLength))
      this.#hand(socket, bytes, isBinary);
    else this.#wait(socket, bytes, isBinary);
  }

  #hand(socket: UwsSocket<Session>, bytes: ArrayBuffer, isBinary: boolean): void {
    try {
      socket.frames += this.#parts.handler.message(socket.session as Session, bytes, isBinary);
    } catch (error) {
      this.#defect(socket, 'message', error);
    }
  }

  #wait(socket: UwsSocket<Session>, bytes: ArrayBuffer, isBinary: boolean): void {
    if (socket.backlog === undefined) {
      socket.backlog = new MessageBacklog(this.#room);
      this.#rounds.add(socket);
    }
    if (!socket.backlog.add(bytes, isBinary)) this.#flooded(socket);
  }

  /** Hands on a share of what waits. @returns true when nothing waits any more */
  #workOff(socket: UwsSocket<Session>): boolean {
    socket.cork(() => {
      const { backlog } = socket;
      while (backlog !== undefined && backlog.size > 0 && socket.isOpen) {
        if (!admits(socket, this.#share, backlog.nextBytes)) return;
        const { bytes, isBinary } = backlog.take();
        this.#hand(socket, bytes, isBinary);
      }
    });
    if (socket.isOpen && socket.backlog !== undefined && socket.backlog.size > 0) return false;
    socket.backlog = undefined;
    this.#tellClose(socket);
    return true;
  }

  #heard(ws: Ws<Session>, bytes: number, mark?: string): UwsSocket<Session> | undefined {
    const { socket } = ws.getUserData();
    if (socket === undefined || !socket.isOpen) return undefined;
    if (!socket.controls.admits(bytes)) {
      this.#flooded(socket);
      return undefined;
    }
    socket.controls.count(1);
    try {
      this.#parts.handler.heard(socket.session as Session, mark);
    } catch (error) {
      this.#defect(socket, 'heard', error);
    }
    return socket;
  }

  #ping(ws: Ws<Session>, bytes: number): void {
    const socket = this.#heard(ws, bytes);
    if (socket === undefined) return;
    if (socket.bufferedBytes === 0) socket.pongBytes = 0;
    else socket.pongBytes += bytes + frameHeaderBytes;
    if (socket.pongBytes > pongBytesMax) socket.end(closeCodes.slowConsumer.code, 'slow consumer: pongs are not read');
  }

  /**
   * Later, because of what the library does with a send from inside of this callback: when the kernel takes only part of
   * it, the library does not look for room again, and the rest stays for ever.
   */
  #drain(ws: Ws<Session>): void {
    const { socket } = ws.getUserData();
    if (socket !== undefined) setImmediate(() => this.#drained(socket));
  }

  #drained(socket: UwsSocket<Session>): void {
    if (!socket.isOpen) return;
    try {
      this.#parts.handler.drain(socket.session as Session);
    } catch (error) {
      this.#defect(socket, 'drain', error);
    }
  }

  #close(ws: Ws<Session>, code: number, reason: string): void {
    const { socket } = ws.getUserData();
    if (socket === undefined) return;
    socket.gone = { code, reason };
    if (!socket.hasSession) socket.isOpen = false;
    else if (socket.backlog === undefined || socket.backlog.size === 0) this.#tellClose(socket);
  }

  /** Once for a socket that is gone, and not at all for one that is not. */
  #tellClose(socket: UwsSocket<Session>): void {
    const { gone } = socket;
    if (gone === undefined) return;
    socket.gone = undefined;
    socket.isOpen = false;
    this.#rounds.delete(socket);
    try {
      this.#parts.handler.close(socket.session as Session, gone.code, gone.reason);
    } catch (error) {
      this.#defect(socket, 'close', error);
    }
  }

  #flooded(socket: UwsSocket<Session>): void {
    const { floodFramesMax, floodBytesMax } = this.#parts;
    socket.end(
      closeCodes.rate.code,
      `flood: expected at most ${floodFramesMax} frames and ${floodBytesMax} bytes at once`,
    );
  }

  #defect(socket: UwsSocket<Session>, where: string, error: unknown): void {
    const { remoteAddress } = socket;
    this.#parts.log.error({ err: error, remoteAddress }, `a socket is closed after a defect in ${where}`);
    socket.end(internalError, 'internal error');
  }
}
