/** All sessions: opening and welcoming them, taking them up again, ending them, the once-a-second round, and the drain. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock, Timer } from '../model/clock.js';
import type { Codec } from '../model/codec.js';
import type { Counters } from '../model/counters.js';
import { CreditWindow } from '../model/credit-window.js';
import { departureMs } from '../model/departure.js';
import type { EventRecord } from '../model/event-record.js';
import type { LoopTurn } from '../model/loop-turn.js';
import type { Outbox } from '../model/outbox.js';
import type { ReliableFrames } from '../model/reliable-frames.js';
import type { Socket } from '../model/transport.js';
import { type CloseCode, closeCodes, isFinalClose } from '../protocol/close-codes.js';
import type { HelloFrame } from '../protocol/frames.js';
import { AwaySessions } from './away-sessions.js';
import { type Connection, isCurrent } from './connection.js';
import { heardMark, keepAlive, markTopics } from './keep-alive.js';
import { Session, type SessionShared } from './session.js';

export interface SessionsPorts {
  readonly clock: Clock;
  readonly turn: LoopTurn;
  readonly counters: Counters;
  codecFor(subprotocol: string): Codec;
  outboxFor(socket: Socket, codec: Codec, onRoom: () => void): Outbox;
  /** A first window for a session of this address, or why there can be none. */
  openWindow(address: string): CreditWindow | { readonly code: CloseCode; readonly reason: string };
  /** A socket of this address is gone. */
  socketClosed(address: string): void;
  /** The session has ended, and its window with it. */
  closeWindow(session: Session): void;
  /** Takes back idle credit; true when the session has to be told. */
  sweepWindow(window: CreditWindow): boolean;
  /** Where a resumable session keeps its frames; its first socket has this outbox. */
  framesFor(codec: Codec, outbox: Outbox): ReliableFrames;
  /** The session of this open event has ended. */
  abandon(record: EventRecord): void;
  onEncodingFailed(record: EventRecord, error: unknown): void;
}

export interface SessionsOptions {
  readonly replyBytesMax: number;
  readonly keepAliveMs: number;
  readonly payloadBytesMax: number;
  /** Milliseconds a session waits for its client to come back; 0 where none does. */
  readonly resumeMs: number;
}

/** Milliseconds between rounds, for idle credit and keep-alive; shorter where the keep-alive is. */
const roundMsMax = 1000;

export class Sessions {
  readonly #ports: SessionsPorts;
  readonly #options: SessionsOptions;
  readonly #connections = new Set<Connection>();
  /** Those that can be taken up again, here or away, by their ids. */
  readonly #resumable = new Map<string, Session>();
  readonly #away: AwaySessions;
  readonly #shared: SessionShared;
  readonly #roundMs: number;
  /** Their clients are told their credit when the turn ends; each is in here once. */
  #creditUntold: Session[] = [];
  #timer: Timer | undefined = undefined;
  /** While draining: when what is left is closed. */
  #closesAtMs: number | undefined = undefined;

  constructor(ports: SessionsPorts, options: SessionsOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#away = new AwaySessions(ports.clock, (session) => this.#end(session));
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

  /** Sessions with a socket. */
  get size(): number {
    return this.#connections.size;
  }

  /** Sessions whose clients may come back. */
  get away(): number {
    return this.#away.size;
  }

  /** @returns undefined when there was no room: the socket is closed */
  open(socket: Socket, subprotocol: string): Connection | undefined {
    const { counters } = this.#ports;
    counters.sessionsOpened += 1;
    const window = this.#ports.openWindow(socket.remoteAddress);
    if (!(window instanceof CreditWindow)) {
      socket.end(window.code.code, window.reason);
      return undefined;
    }
    const codec = this.#ports.codecFor(subprotocol);
    const outbox = this.#ports.outboxFor(socket, codec, () => connection.session.roomAgain());
    const id = `s_${randomBytes(12).toString('base64url')}`;
    const session = new Session({ id, codec, outbox, socket, window, shared: this.#shared });
    const connection: Connection = { socket, codec, outbox, session };
    this.#connections.add(connection);
    if (this.#timer === undefined) this.#nextRound();
    return connection;
  }

  /** The first frame of a connection. */
  hello(connection: Connection, { resume }: HelloFrame): void {
    const { resumeMs } = this.#options;
    if (typeof resume === 'object' && resume !== null && this.#takeUp(connection, resume)) return;
    const { session } = connection;
    if (resume != null && resume !== false && resumeMs > 0 && this.#closesAtMs === undefined) {
      const frames = this.#ports.framesFor(session.codec, session.outbox);
      session.resumable = { secret: randomBytes(18).toString('base64url'), frames };
      this.#resumable.set(session.id, session);
    }
    session.isWelcomed = true;
    this.#welcome(session, false);
    if (this.#closesAtMs !== undefined) this.#sendAway(session, this.#closesAtMs);
  }

  /** The socket is gone: its session ends, or waits for its client. */
  closed(connection: Connection | undefined, code: number): void {
    this.#ports.counters.close(code);
    if (connection === undefined) return;
    this.#connections.delete(connection);
    this.#ports.socketClosed(connection.socket.remoteAddress);
    connection.outbox.closed();
    const { session } = connection;
    if (!isCurrent(connection)) return;
    if (session.resumable === undefined || this.#closesAtMs !== undefined || isFinalClose(code)) {
      this.#end(session);
      return;
    }
    this.#away.add(session, this.#ports.clock.nowMs() + this.#options.resumeMs);
    session.markAwaited = '';
    for (const { subscription } of session.topics?.values() ?? []) subscription?.setPresent(false);
  }

  /** A pong that carries something. */
  marked({ session }: Connection, mark: string): void {
    heardMark(session, mark);
  }

  /** Ends the session that is away the longest. @returns false when there is none */
  endAway(): boolean {
    return this.#away.endFirst();
  }

  /**
   * Asks every client to go, each at its own time. Who is away cannot come back here any more.
   * @param untilMs when what is left will be closed
   */
  goAway(spreadMs: number, untilMs: number): void {
    const nowMs = this.#ports.clock.nowMs();
    this.#closesAtMs = nowMs + untilMs;
    this.#away.endAll();
    let index = 0;
    for (const { session } of this.#connections) {
      session.leavesAtMs = nowMs + departureMs(index, this.#connections.size, spreadMs);
      index += 1;
      if (session.isWelcomed) this.#sendAway(session, this.#closesAtMs);
    }
  }

  /** Closes the sockets whose time to go has come, if all they asked for has been answered and taken. */
  closeDue(code: number, reason: string): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const { session, socket, outbox } of this.#connections) {
      if (nowMs < session.leavesAtMs || session.open.size > 0 || socket.bufferedBytes > 0) continue;
      outbox.close(code, reason);
    }
  }

  /** The events that clients wait for. */
  openEvents(): EventRecord[] {
    return [...this.#connections].flatMap(({ session }) => [...session.open.values()]);
  }

  /** Closes every socket, what waits in its outbox first. */
  closeAll(code: number, reason: string): void {
    for (const { outbox } of this.#connections) outbox.close(code, reason);
  }

  stop(): void {
    this.#timer?.clear();
    this.#away.close();
  }

  /** Puts an earlier session on this connection, in the place of its own. @returns false when that cannot be */
  #takeUp(connection: Connection, asked: { session: string; secret: string; received: number }): boolean {
    const session = this.#closesAtMs === undefined ? this.#resumable.get(asked.session) : undefined;
    if (session?.resumable === undefined || session.codec !== connection.codec) return false;
    const { secret, frames } = session.resumable;
    if (!isSame(secret, asked.secret) || !frames.canResumeBehind(asked.received)) return false;
    if (session.awayUntilMs !== 0 && session.awayUntilMs <= this.#ports.clock.nowMs()) return false;
    const older = session.outbox;
    this.#ports.closeWindow(connection.session);
    connection.session = session;
    session.outbox = connection.outbox;
    session.socket = connection.socket;
    session.markAwaited = '';
    older.close(closeCodes.resumedElsewhere.code, 'the session was resumed on another socket');
    this.#away.delete(session);
    session.isHeard = true;
    this.#welcome(session, true);
    for (const { subscription } of session.topics?.values() ?? []) {
      subscription?.setPresent(true);
      subscription?.rewind();
    }
    frames.resend(connection.outbox, asked.received);
    session.roomAgain();
    return true;
  }

  #welcome(session: Session, resumed: boolean): void {
    const { resumable } = session;
    session.creditTold = session.window.max;
    session.send({
      op: 'welcome',
      session: session.id,
      ...(resumable === undefined ? {} : { secret: resumable.secret }),
      resumed,
      credit: session.creditTold,
      received: session.framesWithId,
      keepAliveMs: this.#options.keepAliveMs,
      payloadBytesMax: this.#options.payloadBytesMax,
      resumeMs: resumable === undefined ? 0 : this.#options.resumeMs,
    });
  }

  #sendAway(session: Session, closesAtMs: number): void {
    const nowMs = this.#ports.clock.nowMs();
    const afterMs = Math.max(0, Math.round(session.leavesAtMs - nowMs));
    session.send({ op: 'goaway', afterMs, untilMs: Math.max(0, Math.round(closesAtMs - nowMs)) });
  }

  /** The events whose answers it waited for are ended, its credit is free. */
  #end(session: Session): void {
    session.isEnded = true;
    this.#resumable.delete(session.id);
    session.resumable?.frames.drop();
    this.#ports.closeWindow(session);
    for (const { subscription } of session.topics?.values() ?? []) subscription?.close();
    for (const record of session.open.values()) this.#ports.abandon(record);
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
    for (const { session } of this.#connections) {
      if (this.#ports.sweepWindow(session.window)) session.creditChanged();
      keepAlive(session, this.#roundMs, this.#options.keepAliveMs);
      markTopics(session);
    }
    for (const { window } of this.#away) this.#ports.sweepWindow(window);
    this.#timer = undefined;
    if (this.#connections.size > 0 || this.#away.size > 0) this.#nextRound();
  }
}

function isSame(secret: string, asked: string): boolean {
  const [a, b] = [Buffer.from(secret), Buffer.from(asked)];
  return a.length === b.length && timingSafeEqual(a, b);
}
