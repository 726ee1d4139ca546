/** All sessions: opening, welcoming, the once-a-second round, and the drain. */
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../model/clock.js';
import type { Codec } from '../model/codec.js';
import type { Counters } from '../model/counters.js';
import { CreditWindow } from '../model/credit-window.js';
import type { EventRecord } from '../model/event-record.js';
import type { LoopTurn } from '../model/loop-turn.js';
import type { Outbox } from '../model/outbox.js';
import type { Socket } from '../model/transport.js';
import { type CloseCode, closeCodes } from '../protocol/close-codes.js';
import { Session, type SessionShared } from './session.js';

export interface SessionsPorts {
  readonly clock: Clock;
  readonly turn: LoopTurn;
  readonly counters: Counters;
  codecFor(subprotocol: string): Codec;
  outboxFor(socket: Socket, codec: Codec, onRoom: () => void): Outbox;
  /** A first window for a session of this address, or why there can be none. */
  openWindow(address: string): CreditWindow | { readonly code: CloseCode; readonly reason: string };
  /** The session has ended, and its window with it. */
  closeWindow(session: Session): void;
  /** Takes back idle credit; true when the session has to be told. */
  sweepWindow(window: CreditWindow): boolean;
  /** The session of this open event has ended. */
  abandon(record: EventRecord): void;
  onEncodingFailed(record: EventRecord, error: unknown): void;
}

export interface SessionsOptions {
  readonly replyBytesMax: number;
  readonly keepAliveMs: number;
  readonly payloadBytesMax: number;
}

/** Milliseconds between rounds, for idle credit and keep-alive; shorter where the keep-alive is. */
const roundMsMax = 1000;
/** Milliseconds between the times at which two clients are asked to go: 200 of them come back in a second. */
const slotMs = 5;

export class Sessions {
  readonly #ports: SessionsPorts;
  readonly #options: SessionsOptions;
  readonly #sessions = new Set<Session>();
  readonly #shared: SessionShared;
  readonly #roundMs: number;
  /** Their clients are told their credit when the turn ends; each is in here once. */
  #creditUntold: Session[] = [];
  #timer: Timer | undefined = undefined;

  constructor(ports: SessionsPorts, options: SessionsOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#shared = {
      counters: ports.counters,
      replyBytesMax: options.replyBytesMax,
      onEncodingFailed: ports.onEncodingFailed,
      creditChanged: (session) => {
        ports.turn.now();
        this.#creditUntold.push(session);
      },
    };
    ports.turn.onEnd(() => this.#tellCredit());
    this.#roundMs = Math.min(roundMsMax, Math.ceil(options.keepAliveMs / 4));
  }

  /** Sessions open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** @returns undefined when there was no room: the socket is closed */
  open(socket: Socket, subprotocol: string): Session | undefined {
    const { counters } = this.#ports;
    counters.sessionsOpened += 1;
    const window = this.#ports.openWindow(socket.remoteAddress);
    if (!(window instanceof CreditWindow)) {
      socket.end(window.code.code, window.reason);
      return undefined;
    }
    const codec = this.#ports.codecFor(subprotocol);
    const session: Session = new Session({
      id: `s_${randomBytes(12).toString('base64url')}`,
      codec,
      outbox: this.#ports.outboxFor(socket, codec, () => session.resumeStreams()),
      socket,
      window,
      shared: this.#shared,
    });
    this.#sessions.add(session);
    if (this.#timer === undefined) this.#nextRound();
    return session;
  }

  welcome(session: Session): void {
    session.creditTold = session.window.max;
    session.send({
      op: 'welcome',
      session: session.id,
      resumed: false,
      credit: session.creditTold,
      received: 0,
      keepAliveMs: this.#options.keepAliveMs,
      payloadBytesMax: this.#options.payloadBytesMax,
      resumeMs: 0,
    });
  }

  /** The socket is gone: the events whose answers it waited for are ended, its credit is free. */
  closed(session: Session | undefined, code: number): void {
    this.#ports.counters.close(code);
    if (session === undefined) return;
    this.#sessions.delete(session);
    session.outbox.closed();
    this.#ports.closeWindow(session);
    for (const record of session.open.values()) this.#ports.abandon(record);
  }

  /**
   * Asks every client to go, each at its own time, so that they do not all come back at once: the slots are as far
   * apart as `spreadMs` allows, and no farther than needed.
   * @param untilMs when what is left will be closed
   */
  goAway(spreadMs: number, untilMs: number): void {
    const nowMs = this.#ports.clock.nowMs();
    const stepMs = Math.min(slotMs, spreadMs / Math.max(1, this.#sessions.size));
    let index = 0;
    for (const session of this.#sessions) {
      const afterMs = Math.round(stepMs * index);
      index += 1;
      session.leavesAtMs = nowMs + afterMs;
      if (session.isWelcomed) session.send({ op: 'goaway', afterMs, untilMs: Math.round(untilMs) });
    }
  }

  /** Closes the sockets whose time to go has come, if all they asked for has been answered and taken. */
  closeDue(code: number, reason: string): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const session of this.#sessions) {
      if (nowMs < session.leavesAtMs || session.open.size > 0 || session.socket.bufferedBytes > 0) continue;
      session.outbox.close(code, reason);
    }
  }

  /** Closes every socket, what waits in its outbox first. */
  closeAll(code: number, reason: string): void {
    for (const session of this.#sessions) session.outbox.close(code, reason);
  }

  stop(): void {
    this.#timer?.clear();
  }

  #tellCredit(): void {
    if (this.#creditUntold.length === 0) return;
    const untold = this.#creditUntold;
    this.#creditUntold = [];
    for (const session of untold) session.tellCredit();
  }

  #nextRound(): void {
    this.#timer = this.#ports.clock.after(this.#roundMs, () => this.#round());
  }

  #round(): void {
    for (const session of this.#sessions) {
      if (this.#ports.sweepWindow(session.window)) session.creditChanged();
      this.#keepAlive(session);
    }
    this.#timer = undefined;
    if (this.#sessions.size > 0) this.#nextRound();
  }

  /**
   * Asks a silent client for a sign of life, and gives it up when none comes. A round counts for its own time whenever
   * it comes: while the event loop stood still nobody could be heard, and that is not held against clients.
   */
  #keepAlive(session: Session): void {
    const { keepAliveMs } = this.#options;
    if (session.isHeard) {
      session.isHeard = false;
      session.isPinged = false;
      session.silentMs = 0;
      return;
    }
    session.silentMs += this.#roundMs;
    if (session.silentMs >= keepAliveMs)
      session.outbox.close(closeCodes.keepAliveMissed.code, 'nothing was heard in time');
    else if (session.silentMs * 2 >= keepAliveMs && !session.isPinged) {
      session.isPinged = true;
      session.socket.ping();
    }
  }
}
