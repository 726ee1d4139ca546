/**
 * One WebSocket of uWebSockets.js as the rooms behind the listener see it. The library throws when a closed socket is
 * used; here that is a no-op.
 *
 * Strings are made well formed before they leave: the library would send a lone surrogate as invalid UTF-8, and the
 * client would have to drop the connection. Measured on Node 20: 5 to 15 ns where all characters are in Latin-1,
 * whatever the length, and otherwise 0.6 ns per character, half of what encoding it as UTF-8 then takes. So it is done
 * always, and nobody has to prove that a string needs it not.
 */
import type { WebSocket } from 'uWebSockets.js';
import type { SendStatus, Socket } from '../model/transport.js';
import { closeReasonBytes, sendableCloseCode } from './close-frame.js';
import type { MessageBacklog } from './message-backlog.js';
import { remoteAddress } from './remote-address.js';
import { type TurnBounds, type TurnCount, TurnMeter } from './turn-meter.js';

/** What the library keeps for a socket: put there by the upgrade, filled as it opens. */
export interface SocketSlot<Session> {
  readonly subprotocol: string;
  socket: UwsSocket<Session> | undefined;
}

export interface UwsSocketParts {
  /** Pings and pongs of one socket in one turn. */
  readonly controls: TurnBounds;
  /** Ends a socket whose peer is gone already. */
  readonly finish: () => void;
}

/** Its first fields are those used for every message: with thousands of sockets, each other one is a cache line more. */
export class UwsSocket<Session> implements Socket, TurnCount {
  /** False once the handler has been told of the close, or the socket closed before there was a session. */
  isOpen = true;
  /** Undefined while nothing waits. */
  backlog: MessageBacklog | undefined = undefined;
  // What was handled of it in this turn.
  turn = 0;
  frames = 0;
  bytes = 0;
  /** What the handler's `open` returned; undefined before that, and when it threw. */
  session: Session | undefined = undefined;
  /**
   * How the library closed it. The handler is told when the backlog is worked off, and sends into the void until then,
   * as with any peer that has just gone.
   */
  gone: { readonly code: number; readonly reason: string } | undefined = undefined;
  readonly #ws: WebSocket<SocketSlot<Session>>;
  readonly #finish: () => void;
  readonly remoteAddress: string;
  readonly controls: TurnMeter;
  /** The handler's `open` has returned. */
  hasSession = false;
  /** Bytes of pongs since the socket's buffer was last seen empty. */
  pongBytes = 0;

  constructor(ws: WebSocket<SocketSlot<Session>>, { controls, finish }: UwsSocketParts) {
    this.#ws = ws;
    this.#finish = finish;
    this.remoteAddress = remoteAddress(ws.getRemoteAddress());
    this.controls = new TurnMeter(controls);
  }

  send(payload: string | Uint8Array): SendStatus {
    if (!this.isOpen) return 2;
    if (this.gone !== undefined) return 1;
    if (typeof payload === 'string') return this.#ws.send(payload.toWellFormed(), false, false) as SendStatus;
    return this.#ws.send(payload, true, false) as SendStatus;
  }

  sendText(bytes: Uint8Array): SendStatus {
    if (!this.isOpen) return 2;
    return this.gone === undefined ? (this.#ws.send(bytes, false, false) as SendStatus) : 1;
  }

  cork(write: () => void): void {
    if (!this.isOpen) return;
    if (this.gone === undefined) this.#ws.cork(write);
    else write();
  }

  get bufferedBytes(): number {
    return this.isOpen && this.gone === undefined ? this.#ws.getBufferedAmount() : 0;
  }

  /** What waits in the backlog is forgotten. The handler hears of the close before this returns. */
  end(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.backlog?.clear();
    if (this.gone === undefined) this.#ws.end(sendableCloseCode(code), closeReasonBytes(reason));
    else this.#finish();
  }

  ping(mark = ''): void {
    if (this.isOpen && this.gone === undefined) this.#ws.ping(mark);
  }

  /** What waits in the backlog is forgotten. The handler hears of the close before this returns. */
  terminate(): void {
    if (!this.isOpen) return;
    this.backlog?.clear();
    if (this.gone === undefined) this.#ws.close();
    else this.#finish();
  }
}
