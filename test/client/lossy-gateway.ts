/**
 * A gateway of one session, as much of it as a client relies on, behind connections that lose what a test wants lost: it
 * counts credit and frames, numbers what it says, keeps that until it is acknowledged, and says it again.
 */
import type { ServerFrame } from '../../src/protocol/frames.js';
import { aWelcome, type FakeSocket, type FakeSockets, numbered, type SentFrame } from './fake-sockets.js';

/** An event that has no answer yet. */
interface OpenEvent {
  readonly id: number;
  /** Items it still has to bring; undefined for one answer. */
  readonly items: number | undefined;
  sent: number;
  allowed: number;
}

export class LossyGateway {
  /** What was not as it must be. */
  readonly problems: string[] = [];
  /** Ids of events, as they came. */
  readonly arrived: number[] = [];
  readonly open = new Map<number, OpenEvent>();
  /** Nothing that is said arrives: of the client, of the gateway. */
  isDeaf = false;
  isMute = false;
  #max = 3;
  #used = 0;
  #framesWithId = 0;
  #numbered = 0;
  #kept: { readonly s: number; readonly frame: ServerFrame }[] = [];
  #socket: FakeSocket | undefined = undefined;
  readonly #sockets: FakeSockets;

  constructor(sockets: FakeSockets) {
    this.#sockets = sockets;
  }

  /** Events the client may send now. */
  get credit(): number {
    return this.#max - this.#used;
  }

  /** Takes what the client has sent since the last time. */
  listen(): void {
    const socket = this.#sockets.last;
    if (socket !== this.#socket) {
      this.#socket = socket;
      this.isDeaf = false;
      this.isMute = false;
      socket.events.opened();
    }
    const frames = socket.newFrames();
    if (this.isDeaf) return;
    for (const frame of frames) this.#take(frame);
    this.#bring();
  }

  /** Answers the event that is open the longest, and gives its credit back. */
  answer(): void {
    for (const { id, items } of this.open.values()) {
      if (items !== undefined) continue;
      this.open.delete(id);
      this.#reliably({ op: 'end', id, data: id });
      this.#finished();
      return;
    }
  }

  #finished(): void {
    this.#max += 1;
    this.#say({ op: 'credit', max: this.#max });
  }

  #take(frame: SentFrame): void {
    if (frame.id !== undefined) this.#framesWithId += 1;
    if (frame.op === 'hello') this.#hello(frame.resume);
    else if (frame.op === 'received') this.#kept = this.#kept.filter(({ s }) => s > (frame.s as number));
    else if (frame.op === 'event') this.#event(frame);
    else if (frame.op === 'pull') {
      const open = this.open.get(frame.id as number);
      if (open !== undefined) open.allowed = Math.max(open.allowed, frame.max as number);
    }
  }

  #hello(resume: unknown): void {
    const resumed = typeof resume === 'object';
    this.#say({ ...aWelcome, resumed, credit: this.#max, received: this.#framesWithId });
    if (!resumed) return;
    const { received } = resume as { received: number };
    for (const { s, frame } of this.#kept) if (s > received) this.#say(numbered(frame, s));
  }

  #event({ id, credit, data }: SentFrame): void {
    this.#used += 1;
    if (this.#used > this.#max) this.problems.push(`event ${id} came beyond the credit`);
    if (this.arrived.includes(id as number)) this.problems.push(`event ${id} came twice`);
    this.arrived.push(id as number);
    const items = credit === undefined ? undefined : (data as number);
    this.open.set(id as number, { id: id as number, items, sent: 0, allowed: (credit as number | undefined) ?? 0 });
  }

  /** Streams bring what they may. */
  #bring(): void {
    for (const open of this.open.values()) {
      if (open.items === undefined) continue;
      while (open.sent < Math.min(open.allowed, open.items)) {
        open.sent += 1;
        this.#reliably({ op: 'item', id: open.id, n: open.sent, data: open.sent });
      }
      if (open.sent < open.items) continue;
      this.open.delete(open.id);
      this.#reliably({ op: 'end', id: open.id, n: open.sent });
      this.#finished();
    }
  }

  #reliably(frame: ServerFrame): void {
    this.#numbered += 1;
    this.#kept.push({ s: this.#numbered, frame });
    this.#say(numbered(frame, this.#numbered));
  }

  #say(frame: ServerFrame): void {
    if (!this.isMute) this.#socket?.say(frame);
  }
}
