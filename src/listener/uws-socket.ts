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
import { type FloodBounds, FloodMeter } from './flood-meter.js';
import { remoteAddress } from './remote-address.js';

/** What the library keeps for a socket: put there by the upgrade, filled as it opens. */
export interface SocketSlot<Session> {
  readonly subprotocol: string;
  socket: UwsSocket<Session> | undefined;
}

export class UwsSocket<Session> implements Socket {
  /** Set to false by the library's close event, and by nothing else. */
  isOpen = true;
  readonly remoteAddress: string;
  readonly meter: FloodMeter;
  /** What the handler's `open` returned; undefined before that, and when it threw. */
  session: Session | undefined = undefined;
  /** The handler's `open` has returned. */
  hasSession = false;
  /** How it ended, when it did so before the handler's `open` returned. */
  earlyEnd: { readonly code: number; readonly reason: string } | undefined = undefined;
  /** Bytes of pongs since the socket's buffer was last seen empty. */
  pongBytes = 0;
  readonly #ws: WebSocket<SocketSlot<Session>>;

  constructor(ws: WebSocket<SocketSlot<Session>>, bounds: FloodBounds) {
    this.#ws = ws;
    this.remoteAddress = remoteAddress(ws.getRemoteAddress());
    this.meter = new FloodMeter(bounds);
  }

  /** From a quarter of the flood bounds on; the other three are for what the client may have on its way by then. */
  get isReadLong(): boolean {
    return this.meter.isHigh;
  }

  send(payload: string | Uint8Array): SendStatus {
    if (!this.isOpen) return 2;
    if (typeof payload === 'string') return this.#ws.send(payload.toWellFormed(), false, false) as SendStatus;
    return this.#ws.send(payload, true, false) as SendStatus;
  }

  cork(write: () => void): void {
    if (this.isOpen) this.#ws.cork(write);
  }

  get bufferedBytes(): number {
    return this.isOpen ? this.#ws.getBufferedAmount() : 0;
  }

  /** The handler hears of the close before this returns. */
  end(code: number, reason: string): void {
    if (this.isOpen) this.#ws.end(sendableCloseCode(code), closeReasonBytes(reason));
  }

  ping(): void {
    if (this.isOpen) this.#ws.ping();
  }

  /** The handler hears of the close before this returns. */
  terminate(): void {
    if (this.isOpen) this.#ws.close();
  }
}
