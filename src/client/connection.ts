/**
 * One connection after the other, for as long as the client lives: notices when one is lost, and comes back as the
 * close code, the gateway's `goaway` and the browser's `offline` and `online` say.
 */
import type { ServerFrame, WelcomeFrame } from '../protocol/frames.js';
import { closeText, comebackAfter, finalError } from './after-close.js';
import type { ConnectionState, Continuity } from './api.js';
import { Attempt, type Grant } from './attempt.js';
import { backoffMs } from './backoff.js';
import type { Encoded } from './encoding.js';
import { Heartbeat } from './heartbeat.js';
import type { NetworkEvents } from './network-events.js';
import type { ResolvedOptions } from './resolved-options.js';
import { type SluiceError, sluiceError } from './sluice-error.js';

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
   * The socket is gone. What was sent and not answered may not have arrived; and did not, where the gateway closed it
   * in order, as it does at the end of a drain.
   */
  readonly onLost: (isInOrder: boolean) => void;
  /** There will be no other connection. */
  readonly onStopped: (error: SluiceError) => void;
}

/** What the gateway says at the end of a drain, when all that had reached it has been answered. */
const drained = 4200;
/** After a 41xx, or a refusal that may pass, the first wait is drawn from a time this many doublings longer. */
const backOffDoublings = 2;
/** A connection that was shorter than this, in milliseconds, counts as an attempt that failed. */
const shortMs = 1000;
/** Milliseconds after `goaway`'s `untilMs` that the gateway has to close the socket. */
const goawayGraceMs = 2000;

export class Connection {
  readonly #parts: ConnectionParts;
  #current: Attempt | undefined = undefined;
  #heartbeat: Heartbeat | undefined = undefined;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #isOpen = false;
  #isStopped = false;
  #hasSession = false;
  /** Attempts since the last connection that was one. */
  #attempts = 0;
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
    return this.#current?.bufferedBytes ?? 0;
  }

  /** Makes the first attempt, when this turn is over: whoever made the client has time to look at it. */
  start(): void {
    queueMicrotask(() => this.#connect());
  }

  send(message: Encoded): void {
    this.#current?.send(message);
  }

  /** Ends the session, and everything else. Nothing is told any more. Resolves when the gateway knows, or soon. */
  stop(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#isStopped = true;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#parts.network.stop();
    return this.#current?.leave() ?? Promise.resolve();
  }

  /** What the gateway said cannot be: begins anew from what was received before. */
  restart(why: string): void {
    if (this.#isOpen) this.#drop(why);
  }

  #connect(): void {
    if (this.#isStopped) return;
    const { options, grant, onMessageEnd } = this.#parts;
    const { connectTimeoutMs } = options;
    this.#attempts += 1;
    this.#parts.onState({ status: 'connecting', attempt: this.#attempts });
    if (this.#isStopped) return;
    const late = `there was no connection within ${connectTimeoutMs} ms`;
    this.#timer = setTimeout(() => this.#drop(late), connectTimeoutMs);
    this.#current = new Attempt({
      options,
      grant,
      onWelcome: (welcome) => this.#welcomed(welcome),
      onFrame: (frame) => this.#frame(frame),
      onMessageEnd,
      onClosed: (code, reason, refusedWith) => this.#closed(code, reason, refusedWith),
      onBroken: (why) => this.#drop(why),
      onImpossible: (cause) =>
        this.#stopped(sluiceError('invalid_argument', `cannot connect to ${options.url}: ${String(cause)}`, { cause })),
    });
    this.#current.start();
  }

  #welcomed(welcome: WelcomeFrame): void {
    clearTimeout(this.#timer);
    this.#isOpen = true;
    this.#openedAtMs = performance.now();
    this.#heartbeat = new Heartbeat({
      keepAliveMs: welcome.keepAliveMs,
      ping: () => this.send(this.#parts.options.encoding.frame({ op: 'ping' })),
      onSilence: () => this.#drop('nothing was heard of the gateway'),
    });
    const continuity: Continuity = welcome.resumed ? 'resumed' : this.#hasSession ? 'lost' : 'new';
    this.#hasSession = true;
    this.#parts.onWelcome(welcome);
    if (this.#isOpen) this.#parts.onState({ status: 'open', session: welcome.session, continuity });
  }

  #frame(frame: ServerFrame): void {
    if (this.#heartbeat !== undefined) this.#heartbeat.isHeard = true;
    this.#parts.onFrame(frame);
    if (frame.op === 'goaway' && this.#isOpen) this.#goaway(frame.afterMs, frame.untilMs);
  }

  #goaway(afterMs: number, untilMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop('the gateway shuts down'), untilMs + goawayGraceMs);
    this.#parts.onState({ status: 'draining', afterMs });
  }

  /** It is of no use any more, whatever its socket says. */
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

  /** Ends an attempt that is under way, or a connection, of which nothing is awaited any more. */
  #giveUp(): void {
    const current = this.#current;
    this.#gone();
    current?.cut();
  }

  #gone(isInOrder = false): void {
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#current = undefined;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (performance.now() - this.#openedAtMs >= shortMs) this.#attempts = 0;
    this.#parts.onLost(isInOrder);
  }

  #comeBack(comeback: 'wait' | 'now', why: string, doublings = 0): void {
    if (this.#isStopped) return;
    const { reconnect } = this.#parts.options;
    const attempt = this.#attempts + 1;
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
    this.#timer = setTimeout(() => this.#connect(), afterMs);
    this.#parts.onState({ status: 'waiting', attempt, afterMs, why });
  }

  #stopped(error: SluiceError): void {
    if (this.#isStopped) return;
    void this.stop();
    this.#parts.onStopped(error);
  }

  /** A connection may outlive that; an attempt will not. */
  #offline(): void {
    if (this.#isOpen) this.#heartbeat?.probe();
    else {
      this.#giveUp();
      this.#parts.onState({ status: 'offline' });
    }
  }

  #online(): void {
    if (this.#isOpen) this.#heartbeat?.probe();
    else {
      this.#giveUp();
      this.#attempts = 0;
      this.#connect();
    }
  }
}
