/**
 * A connection that comes back: hello with a resumable session, reliable frames acknowledged now and then, and after every
 * cut the session taken up again, with what the gateway had not received sent once more. What is in the frames is its
 * owner's concern.
 */
import { WebSocket } from 'ws';
import type { Frame } from './audit-event.js';
import type { WireHistory } from './wire-history.js';

export interface ResumeLinkOptions {
  readonly port: number;
  readonly history: WireHistory;
  /** From 0 to 1, repeatable. */
  readonly random: () => number;
  /** Whether the gateway may pack frames. @default false */
  readonly batch?: boolean;
  /** A cut is followed by a new connection within so long. @default 10 */
  readonly reconnectMs?: number;
  /** With nothing from the gateway for so long it is asked, and after as long again the connection is given up. @default 500 */
  readonly silenceMs?: number;
}

/** What the owner is told. */
export interface LinkOwner {
  /** Ready to send. When not resumed, nothing of before is known any more, and what is open has to be sent again. */
  opened(isResumed: boolean, credit: number): void;
  /** Each reliable frame once. */
  frame(frame: Frame): void;
  /** Something changed: a frame came, a connection came or went. */
  changed(): void;
}

const acknowledgeFrames = 16;
const acknowledgeMs = 200;
const connectMs = 1000;
const framesKeptMax = 200_000;
/** The gateway says that coming again would not help. */
const stopFirst = 4000;
const stopLast = 4099;

export class ResumeLink {
  /** Connections that were welcomed. */
  opened = 0;
  /** Of these, those that took the session up again, and those that were refused that. */
  resumed = 0;
  notResumed = 0;
  /** Closed for good: by its owner, or with a code that says so. */
  isOver = false;
  readonly #options: ResumeLinkOptions;
  readonly #owner: LinkOwner;
  #socket: WebSocket | undefined = undefined;
  #isOpen = false;
  #session: { readonly id: string; readonly secret: string } | undefined = undefined;
  /** All frames with an id that this session had, in their order: it may have received them all but the last ones. */
  #frames: Frame[] = [];
  #highest = 0;
  #acknowledged = 0;
  #acknowledgeTimer: NodeJS.Timeout | undefined = undefined;
  #reconnectTimer: NodeJS.Timeout | undefined = undefined;
  #watch: NodeJS.Timeout | undefined = undefined;
  #heardAtMs = 0;
  #pingedAtMs = 0;

  constructor(options: ResumeLinkOptions, owner: LinkOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#connect();
    const silenceMs = options.silenceMs ?? 500;
    this.#watch = setInterval(() => this.#listen(silenceMs), silenceMs / 4);
  }

  /** Welcomed, and not cut since. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** A frame with an id: it reaches the session, if that goes on. @throws RangeError when there are too many */
  send(frame: Frame): void {
    if (this.#frames.length === framesKeptMax) throw new RangeError(`expected at most ${framesKeptMax} frames kept`);
    this.#frames.push(frame);
    if (this.#isOpen) this.#write(frame);
  }

  /** One that is not repeated. Dropped without a connection. */
  sendOnce(frame: Frame): void {
    if (this.#isOpen) this.#write(frame);
  }

  /** Ends the connection as a network would. It comes back. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.#acknowledgeTimer);
    clearTimeout(this.#reconnectTimer);
    clearInterval(this.#watch);
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const timer = setTimeout(() => socket.terminate(), connectMs);
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      if (socket.readyState === WebSocket.OPEN) socket.close();
      else socket.terminate();
    });
    clearTimeout(timer);
  }

  #connect(): void {
    const url = `ws://127.0.0.1:${this.#options.port}/v1/socket`;
    const socket = new WebSocket(url, 'sluice.v1.json', { handshakeTimeout: connectMs, perMessageDeflate: false });
    this.#socket = socket;
    socket.on('open', () => {
      this.#heardAtMs = performance.now();
      this.#write(this.#hello());
    });
    socket.on('message', (message) => this.#message(socket, String(message)));
    socket.on('error', () => undefined);
    socket.on('close', (code) => this.#closed(code));
  }

  /** Now and then it has not yet worked through what it got last, and asks for it again. */
  #hello(): Frame {
    const received = this.#options.random() < 0.5 ? this.#highest : this.#acknowledged;
    const session = this.#session;
    this.#acknowledged = session === undefined ? 0 : received;
    const resume = session === undefined ? true : { session: session.id, secret: session.secret, received };
    return { op: 'hello', resume, ...(this.#options.batch === true ? { batch: true } : {}) };
  }

  #write(frame: Frame): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    this.#options.history.sent(frame);
    socket.send(JSON.stringify(frame));
  }

  #closed(code: number): void {
    this.#isOpen = false;
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = undefined;
    if (!this.isOver) {
      this.#options.history.lost(code);
      if (code >= stopFirst && code <= stopLast) this.isOver = true;
      else {
        const delayMs = this.#options.random() * (this.#options.reconnectMs ?? 10);
        this.#reconnectTimer = setTimeout(() => this.#connect(), delayMs);
      }
    }
    this.#owner.changed();
  }

  #message(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return;
    this.#heardAtMs = performance.now();
    const message = JSON.parse(text) as Frame | readonly Frame[];
    for (const frame of [message].flat() as readonly Frame[]) {
      this.#options.history.got(frame);
      if (frame.op === 'welcome') this.#welcome(frame);
      else if (frame.op === 'ping') this.#write({ op: 'pong', at: frame.at });
      else this.#take(frame);
    }
    this.#owner.changed();
  }

  #welcome(frame: Frame): void {
    const isResumed = frame.resumed === true;
    const hadSession = this.#session !== undefined;
    this.#isOpen = true;
    this.opened += 1;
    if (isResumed) {
      this.resumed += 1;
      for (const one of this.#frames.slice(Number(frame.received))) this.#write(one);
    } else {
      if (hadSession) this.notResumed += 1;
      this.#session = { id: String(frame.session), secret: String(frame.secret) };
      this.#frames = [];
      this.#highest = 0;
      this.#acknowledged = 0;
    }
    this.#owner.opened(isResumed, Number(frame.credit));
  }

  #take(frame: Frame): void {
    const { s } = frame;
    if (typeof s === 'number') {
      if (s <= this.#highest) return;
      this.#highest = s;
      this.#acknowledgeSoon();
    }
    this.#owner.frame(frame);
  }

  #acknowledgeSoon(): void {
    if (this.#highest - this.#acknowledged >= acknowledgeFrames) this.#acknowledge();
    else this.#acknowledgeTimer ??= setTimeout(() => this.#acknowledge(), acknowledgeMs);
  }

  #acknowledge(): void {
    clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = undefined;
    if (!this.#isOpen || this.#acknowledged === this.#highest) return;
    this.#acknowledged = this.#highest;
    this.#write({ op: 'received', s: this.#highest });
  }

  /** A connection may be dead without anybody saying so. */
  #listen(silenceMs: number): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const silentMs = performance.now() - this.#heardAtMs;
    if (silentMs > 2 * silenceMs) this.cut();
    else if (silentMs > silenceMs && this.#pingedAtMs < this.#heardAtMs) {
      this.#pingedAtMs = performance.now();
      this.#write({ op: 'ping', at: 0 });
    }
  }
}
