/**
 * One attempt to connect, and the connection it becomes: has the token, opens a socket, says `hello`, and makes frames
 * of messages. When it is over nothing more is told of it.
 */
import type { HelloFrame, ServerFrame, WelcomeFrame } from '../protocol/frames.js';
import type { Encoded } from './encoding.js';
import type { ResolvedOptions } from './resolved-options.js';
import type { ClientSocket } from './socket.js';

/** What takes a session up again. */
export interface Grant {
  readonly session: string;
  readonly secret: string;
  readonly received: number;
}

export interface AttemptParts {
  readonly options: ResolvedOptions;
  /** The session to take up again; undefined for a new one. */
  readonly grant: () => Grant | undefined;
  readonly onWelcome: (welcome: WelcomeFrame) => void;
  /** Any other frame. */
  readonly onFrame: (frame: ServerFrame) => void;
  /** All frames of a message have been handled. */
  readonly onMessageEnd: () => void;
  /** The socket is closed. */
  readonly onClosed: (code: number, reason: string, refusedWith: number | undefined) => void;
  /** It is of no use, though its socket may be open: cut it. */
  readonly onBroken: (why: string) => void;
  /** There can be no socket for this URL. */
  readonly onImpossible: (error: unknown) => void;
}

/** What the client says when it goes for good: a code of the range that ends a session at once. */
const goodbye = 4099;
/** Milliseconds its answer is waited for. */
const goodbyeMs = 1000;

export class Attempt {
  readonly #parts: AttemptParts;
  #socket: ClientSocket | undefined = undefined;
  #isWelcomed = false;
  #isOver = false;
  /** Somebody waits for the socket to be closed, though it is over. */
  #onGone: (() => void) | undefined = undefined;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  start(): void {
    const { token } = this.#parts.options;
    if (typeof token !== 'function') {
      this.#open(token);
      return;
    }
    new Promise<string>((resolve) => resolve(token())).then(
      (fresh) => {
        if (typeof fresh === 'string') this.#open(fresh);
        else if (!this.#isOver) this.#parts.onBroken(`expected the token to be a string, got ${typeof fresh}`);
      },
      (error) => {
        if (!this.#isOver) this.#parts.onBroken(`the token could not be had: ${String(error)}`);
      },
    );
  }

  send(message: Encoded): void {
    this.#socket?.send(message);
  }

  /** It is over, and so is its socket. */
  cut(): void {
    this.#isOver = true;
    this.#socket?.cut();
  }

  /** It is over, and the gateway is told that there is nobody to come back. Resolves when that knows, or soon. */
  leave(): Promise<void> {
    const wasOver = this.#isOver;
    this.#isOver = true;
    const socket = this.#socket;
    if (socket === undefined || wasOver) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        socket.cut();
        resolve();
      }, goodbyeMs);
      this.#onGone = () => {
        clearTimeout(timer);
        resolve();
      };
      socket.close(goodbye, 'the client is done');
    });
  }

  #open(token: string | undefined): void {
    if (this.#isOver) return;
    const { options, onClosed, onImpossible } = this.#parts;
    try {
      this.#socket = options.openSocket(options.url, options.encoding.subprotocol, {
        opened: () => {
          if (!this.#isOver) this.#hello(token);
        },
        message: (message) => {
          if (!this.#isOver) this.#message(message);
        },
        closed: (code, reason, refusedWith) => {
          this.#onGone?.();
          if (this.#isOver) return;
          this.#isOver = true;
          onClosed(code, reason, refusedWith);
        },
      });
    } catch (error) {
      this.#isOver = true;
      onImpossible(error);
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
    this.send(options.encoding.frame(hello));
  }

  #message(message: string | Uint8Array): void {
    const { options, onBroken, onMessageEnd } = this.#parts;
    let decoded: unknown;
    try {
      decoded = options.encoding.decode(message);
    } catch (error) {
      onBroken(`a message could not be decoded: ${String(error)}`);
      return;
    }
    if (!Array.isArray(decoded)) this.#frame(decoded as ServerFrame);
    // Not the rest of what came before it was found broken, or the client was closed.
    else for (let i = 0; i < decoded.length && !this.#isOver; i += 1) this.#frame(decoded[i]);
    if (this.#isWelcomed && !this.#isOver) onMessageEnd();
  }

  #frame(frame: ServerFrame | null): void {
    if (typeof frame !== 'object' || frame === null) {
      this.#parts.onBroken(`expected frames, got ${JSON.stringify(frame)}`);
    } else if (this.#isWelcomed) this.#parts.onFrame(frame);
    else if (frame.op === 'welcome') {
      this.#isWelcomed = true;
      this.#parts.onWelcome(frame);
    }
  }
}
