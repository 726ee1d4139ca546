/** One event and one connection inside the faulty server. */
import type { WebSocket } from 'ws';
import type { AuditData, Frame } from './audit-event.js';
import type { FaultTask, Misdeed } from './fault.js';

const window = 64;

/** One connection. */
export class FaultyPeer {
  /** In the order they came, from 0. */
  readonly connection: number;
  /** Key → its events that wait or run, in the order in which they run. */
  readonly keys = new Map<number, FaultyTask[]>();
  readonly streams = new Map<unknown, FaultyTask>();
  /** Events that wait or run. */
  open = 0;
  isGone = false;
  readonly #socket: WebSocket;
  #finished = 0;
  #pings: Frame[] = [];
  #later: Frame[] = [];

  constructor(connection: number, socket: WebSocket) {
    this.connection = connection;
    this.#socket = socket;
  }

  welcome(): void {
    this.send({ op: 'welcome', session: `s_${this.connection}`, resumed: false, credit: window });
  }

  send(frame: Frame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  later(frame: Frame): void {
    this.#later.push(frame);
  }

  /** Answered when nothing waits or runs any more. */
  ping(frame: Frame): void {
    this.#pings.push(frame);
    this.#settle();
  }

  finished(): void {
    this.open -= 1;
    this.#finished += 1;
    this.send({ op: 'credit', max: window + this.#finished });
    this.#settle();
  }

  cut(): void {
    this.#socket.terminate();
  }

  #settle(): void {
    if (this.open > 0 || this.#pings.length === 0) return;
    const frames = [...this.#later, ...this.#pings.map(({ at }) => ({ op: 'pong', at }))];
    this.#later = [];
    this.#pings = [];
    for (const frame of frames) this.send(frame);
  }
}

/** One event, from its arrival to its outcome. */
export class FaultyTask implements FaultTask {
  readonly peer: FaultyPeer;
  readonly id: unknown;
  readonly type: string;
  readonly data: AuditData;
  readonly overflow: unknown;
  readonly misdeed: Misdeed | undefined;
  attempt = 0;
  /** Items the client takes in all. */
  allowed: number;
  delivered = 0;
  /** Items delivered, or left out and announced. */
  produced = 0;
  isRunning = false;
  hasYielded = false;

  constructor(peer: FaultyPeer, frame: Frame, misdeed: Misdeed | undefined) {
    this.peer = peer;
    this.id = frame.id;
    this.type = String(frame.type);
    this.data = frame.data as AuditData;
    this.overflow = frame.overflow;
    this.allowed = typeof frame.credit === 'number' ? frame.credit : 32;
    this.misdeed = misdeed;
  }

  get n(): number {
    return this.data.n;
  }

  get key(): number {
    return this.data.key;
  }

  get connection(): number {
    return this.peer.connection;
  }

  /** Whether the next event of its key goes first now, though this one came before. */
  get yieldsNow(): boolean {
    if (this.hasYielded) return false;
    return this.misdeed === 'yield' || (this.misdeed === 'yield-retry' && this.attempt === 1);
  }
}
