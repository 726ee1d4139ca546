/**
 * One connection after the other, for as long as the client lives: opens a socket, says `hello`, notices when it is lost,
 * and comes back as the close code, the gateway's `goaway` and the browser's `offline` and `online` say.
 */
import type { HelloFrame, ServerFrame, WelcomeFrame } from '../protocol/frames.js';
import { closeText, comebackAfter, finalError } from './after-close.js';
import type { ConnectionState, Continuity } from './api.js';
import { backoffMs } from './backoff.js';
import type { Encoded } from './encoding.js';
import { Heartbeat } from './heartbeat.js';
import type { NetworkEvents } from './network-events.js';
import type { ResolvedOptions } from './resolved-options.js';
import { type SluiceError, sluiceError } from './sluice-error.js';
import type { ClientSocket } from './socket.js';

/** What takes a session up again. */
export interface Grant {
  readonly session: string;
  readonly secret: string;
  readonly received: number;
}

export interface ConnectionParts {
  readonly options: ResolvedOptions;
  readonly network: NetworkEvents;
  /** The session to take up again; undefined for a new one. */
  readonly grant: () => Grant | undefined;
  readonly onState: (state: ConnectionState) => void;
  /** A session is open; `resumed` says whether it is the one before. */
  readonly onWelcome: (welcome: WelcomeFrame) => void;
  /** Any other frame. */
  readonly onFrame: (frame: ServerFrame) => void;
  /** All frames of a message have been handled. */
  readonly onMessageEnd: () => void;
  /**
   * The socket is gone. What was sent and not answered may not have arrived; and did not, where the gateway closed it in
   * order, as it does at the end of a drain.
   */
  readonly onLost: (isInOrder: boolean) => void;
  /** There will be no other connection. */
  readonly onStopped: (error: SluiceError) => void;
}

/** What the gateway says at the end of a drain, when all that had reached it has been answered. */
const drained = 4200;
/** What the client says when it goes for good: a code of the range that ends a session at once. */
const goodbye = 4099;
/** After a 41xx the first wait is drawn from a time this many doublings longer. */
const backOffDoublings = 2;
/** A connection that was shorter than this, in milliseconds, counts as an attempt that failed. */
const shortMs = 1000;
/** Milliseconds after `goaway`'s `untilMs` that the gateway has to close the socket. */
const goawayGraceMs = 2000;

export class Connection {
  readonly #parts: ConnectionParts;
  #socket: ClientSocket | undefined = undefined;
  #heartbeat: Heartbeat | undefined = undefined;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #isOpen = false;
  #isStopped = false;
  #hasSession = false;
  /** Attempts since the last connection. */
  #attempt = 0;
  /** Numbers the sockets: what is told of an older one is nobody's business. */
  #generation = 0;
  #openedAtMs = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    parts.network.listen({
      offline: () => this.#offline(),
      online: () => this.#online(),
      visible: () => this.#heartbeat?.probe(),
    });
  }

  /** Frames may be sent. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  /** Makes the first attempt, when this turn is over: whoever made the client has time to look at it. */
  start(): void {
    queueMicrotask(() => this.#connect());
  }

  send(message: Encoded): void {
    this.#socket?.send(message);
  }

  /** Ends the session, and everything else. Nothing is told any more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#isOpen = false;
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#parts.network.stop();
    this.#socket?.close(goodbye, 'the client is done');
  }

  /** What the gateway said cannot be: begins anew from what was received before. */
  restart(why: string): void {
    if (this.#isOpen) this.#drop(why);
  }

  #connect(): void {
    if (this.#isStopped) return;
    this.#attempt += 1;
    this.#generation += 1;
    const generation = this.#generation;
    const { token, connectTimeoutMs } = this.#parts.options;
    this.#parts.onState({ status: 'connecting', attempt: this.#attempt });
    this.#timer = setTimeout(
      () => this.#drop(`there was no connection within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    if (typeof token !== 'function') {
      this.#open(generation, token);
      return;
    }
    new Promise<string>((resolve) => resolve(token())).then(
      (fresh) => this.#open(generation, fresh),
      (error) => {
        if (generation === this.#generation) this.#drop(`the token could not be had: ${String(error)}`);
      },
    );
  }

  #open(generation: number, token: string | undefined): void {
    if (generation !== this.#generation) return;
    const { options } = this.#parts;
    const isCurrent = () => generation === this.#generation;
    try {
      this.#socket = options.openSocket(options.url, options.encoding.subprotocol, {
        opened: () => isCurrent() && this.#hello(token),
        message: (message) => isCurrent() && this.#message(message),
        closed: (code, reason, refusedWith) => isCurrent() && this.#closed(code, reason, refusedWith),
      });
    } catch (error) {
      this.#stopped(
        sluiceError('invalid_argument', `expected a URL to connect to, got ${options.url}`, { cause: error }),
      );
    }
  }

  #hello(token: string | undefined): void {
    const { options, grant } = this.#parts;
    const resume = options.resume ? (grant() ?? (true as const)) : undefined;
    const hello: HelloFrame = {
      op: 'hello',
      batch: true,
      ...(token === undefined ? {} : { token }),
      ...(resume === undefined ? {} : { resume }),
    };
    this.#socket?.send(options.encoding.frame(hello));
  }

  #message(message: string | Uint8Array): void {
    let decoded: unknown;
    try {
      decoded = this.#parts.options.encoding.decode(message);
    } catch (error) {
      this.#drop(`a message could not be decoded: ${String(error)}`);
      return;
    }
    if (this.#heartbeat !== undefined) this.#heartbeat.isHeard = true;
    const generation = this.#generation;
    if (!Array.isArray(decoded)) this.#frame(decoded as ServerFrame);
    // Not the rest of what came before it was found broken, or the client was closed.
    else for (let i = 0; i < decoded.length && generation === this.#generation; i += 1) this.#frame(decoded[i]);
    if (this.#isOpen && generation === this.#generation) this.#parts.onMessageEnd();
  }

  #frame(frame: ServerFrame | null): void {
    if (typeof frame !== 'object' || frame === null) this.#drop(`expected frames, got ${JSON.stringify(frame)}`);
    else if (frame.op === 'welcome' && !this.#isOpen) this.#welcomed(frame);
    else if (this.#isOpen) {
      this.#parts.onFrame(frame);
      if (frame.op === 'goaway') this.#goaway(frame.afterMs, frame.untilMs);
    }
  }

  #welcomed(welcome: WelcomeFrame): void {
    clearTimeout(this.#timer);
    this.#isOpen = true;
    this.#openedAtMs = performance.now();
    this.#heartbeat = new Heartbeat({
      keepAliveMs: welcome.keepAliveMs,
      ping: () => this.#socket?.send(this.#parts.options.encoding.frame({ op: 'ping' })),
      onSilence: () => this.#drop('nothing was heard of the gateway'),
    });
    const continuity: Continuity = welcome.resumed ? 'resumed' : this.#hasSession ? 'lost' : 'new';
    this.#hasSession = true;
    this.#parts.onWelcome(welcome);
    this.#parts.onState({ status: 'open', session: welcome.session, continuity });
  }

  #goaway(afterMs: number, untilMs: number): void {
    clearTimeout(this.#timer);
    this.#parts.onState({ status: 'draining', afterMs });
    this.#timer = setTimeout(() => this.#drop('the gateway shuts down'), untilMs + goawayGraceMs);
  }

  /** The socket is of no use any more, whatever it says itself. */
  #drop(why: string): void {
    const wasOpen = this.#isOpen;
    this.#giveUp();
    this.#comeBack(wasOpen ? 'now' : 'wait', why);
  }

  #closed(code: number, reason: string, refusedWith: number | undefined): void {
    const wasOpen = this.#isOpen;
    this.#gone(code === drained);
    const comeback = comebackAfter(code, refusedWith);
    const why = closeText(code, reason, refusedWith);
    if (comeback !== 'stop') {
      const isBusy = refusedWith !== undefined || (code >= 4100 && code < 4200);
      this.#comeBack(comeback, why, isBusy ? backOffDoublings : 0);
      return;
    }
    // The token was good when the connection was made: a fresh one may be.
    const { token, reconnect } = this.#parts.options;
    const isExpired = code === 4001 && wasOpen && typeof token === 'function' && reconnect !== undefined;
    if (isExpired) this.#comeBack('wait', why, backOffDoublings);
    else this.#stopped(finalError(code, reason, refusedWith));
  }

  #gone(isInOrder = false): void {
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#generation += 1;
    this.#socket = undefined;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (performance.now() - this.#openedAtMs >= shortMs) this.#attempt = 0;
    this.#parts.onLost(isInOrder);
  }

  #comeBack(comeback: 'wait' | 'now', why: string, doublings = 0): void {
    if (this.#isStopped) return;
    const { reconnect } = this.#parts.options;
    const attempt = this.#attempt + 1;
    if (reconnect === undefined || (reconnect.attempts !== undefined && attempt > reconnect.attempts)) {
      this.#stopped(
        sluiceError('unavailable', `${why}; no further attempt is made`, { started: 'maybe', retry: 'no' }),
      );
      return;
    }
    if (!this.#parts.network.isOnline) {
      this.#parts.onState({ status: 'offline' });
      return;
    }
    const isAtOnce = comeback === 'now' && attempt === 1;
    const afterMs = isAtOnce ? 0 : backoffMs(attempt + doublings, reconnect, Math.random());
    this.#parts.onState({ status: 'waiting', attempt, afterMs, why });
    this.#timer = setTimeout(() => this.#connect(), afterMs);
  }

  #stopped(error: SluiceError): void {
    if (this.#isStopped) return;
    this.stop();
    this.#parts.onStopped(error);
  }

  /** A connection may outlive that; an attempt will not. */
  #offline(): void {
    if (this.#isStopped) return;
    if (this.#isOpen) this.#heartbeat?.probe();
    else {
      this.#giveUp();
      this.#parts.onState({ status: 'offline' });
    }
  }

  #online(): void {
    if (this.#isStopped) return;
    if (this.#isOpen) this.#heartbeat?.probe();
    else {
      this.#giveUp();
      this.#attempt = 0;
      this.#connect();
    }
  }

  /** An attempt that is under way is of no use any more. */
  #giveUp(): void {
    const socket = this.#socket;
    this.#gone();
    socket?.cut();
  }
}
