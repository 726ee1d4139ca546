/**
 * A subscription to a topic over HTTP: its frames as server-sent events. The connection paces it: while there is no room
 * the topic keeps no more of it than its place, so at most one bundle waits in the exchange.
 */
import type { Codec } from '../model/codec.js';
import type { MessageBundle } from '../model/message-bundle.js';
import type { Subscriber, Subscription, TopicGap } from '../model/subscription.js';
import type { HttpExchange } from '../model/transport.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { ServerFrame } from '../protocol/frames.js';
import { type BundleText, eventText, idLine } from './event-text.js';
import { streamHeaders } from './http-media.js';

export interface TopicStreamParts {
  readonly exchange: HttpExchange;
  /** Of JSON. */
  readonly codec: Codec;
  /** Messages as text: where they have places, and where they have none. Shared by all streams. */
  readonly placed: BundleText;
  readonly placeless: BundleText;
  /** Answers the request when its subscription fails before it is open. */
  readonly refuse: (why: Failure) => void;
  /** Nothing is sent any more. Called once. */
  readonly onClosed: (stream: TopicStream) => void;
}

/** Id in frames that name their operation: the request is the only one there is. */
const nameless = 0;
/** How often a reader that takes nothing may be passed over before it is cut: a minute, of one every 15 seconds. */
const keepAlivesMissedMax = 4;
/** What most browsers wait before they connect again. Said at the beginning, for after a drain another time is kept. */
const reconnectMs = 3000;

export class TopicStream implements Subscriber {
  readonly codec: Codec;
  /** Readers over HTTP are not seen to be there. */
  readonly member = undefined;
  hasRoom = true;
  /** When it is due, by the clock; kept by the owner of the stream. */
  keepAliveAtMs = 0;
  readonly #parts: TopicStreamParts;
  #subscription: Subscription | undefined = undefined;
  #text: BundleText;
  #isStarted = false;
  #isOver = false;
  /** Keep-alives in a row that there was no room for. */
  #keepAlivesMissed = 0;

  constructor(parts: TopicStreamParts) {
    this.#parts = parts;
    this.codec = parts.codec;
    this.#text = parts.placeless;
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  /** Subscribes; to be called once. @throws what `subscribe` throws: the stream is closed then */
  open(subscribe: (subscriber: Subscriber) => Subscription): void {
    try {
      const subscription = subscribe(this);
      this.#subscription = subscription;
      // This stream may have ended meanwhile, from inside.
      if (this.#isOver && subscription.isOpen) subscription.close();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  opened(
    subscription: Subscription,
    at: { readonly epoch: string; readonly offset: number } | undefined,
    recovered: boolean,
  ): void {
    if (this.#isOver) return;
    this.#subscription = subscription;
    this.#isStarted = true;
    this.#parts.exchange.start(200, streamHeaders);
    const retry = `retry: ${reconnectMs}\n`;
    if (at === undefined) this.#tell({ op: 'subscribed', id: nameless, recovered }, retry);
    else {
      this.#text = this.#parts.placed;
      const { epoch, offset } = at;
      // With an id: who is gone before the first message comes back to here, too.
      this.#tell({ op: 'subscribed', id: nameless, epoch, offset, recovered }, retry + idLine(epoch, offset));
    }
  }

  deliver(_subscription: Subscription, bundle: MessageBundle): void {
    if (!this.#isOver) this.#write(this.#text.of(bundle));
  }

  /** Without an id: who is gone before the next message is told again. */
  gap(_subscription: Subscription, gap: TopicGap): void {
    if (!this.#isOver) this.#tell({ op: 'gap', ...gap });
  }

  failed(_subscription: Subscription, why: Failure): void {
    if (this.#isOver) return;
    if (!this.#isStarted) this.#parts.refuse(why);
    else {
      this.#tell({ op: 'error', id: nameless, ...why });
      this.#parts.exchange.end();
    }
    this.close();
  }

  /** The client's connection has taken all that was written. */
  roomAgain(): void {
    if (this.#isOver) return;
    this.hasRoom = true;
    this.#keepAlivesMissed = 0;
    this.#subscription?.resume();
  }

  /**
   * Writes a line that says nothing, so that a connection that is dead is found out. Without room there is more under way
   * than that line, and it would gather; who takes nothing of it for long is cut, as the place is for others.
   */
  keepAlive(): void {
    if (!this.#isStarted || this.#isOver) return;
    if (this.hasRoom) this.#write(': keep-alive\n\n');
    else {
      this.#keepAlivesMissed += 1;
      if (this.#keepAlivesMissed > keepAlivesMissedMax) this.#parts.exchange.terminate();
    }
  }

  /** The gateway stops: tells when to come again, in milliseconds from now, and ends. */
  goAway(afterMs: number, untilMs: number): void {
    if (this.#isOver) return;
    if (!this.#isStarted) this.#parts.refuse(failure('unavailable', 'the gateway is shutting down', { afterMs }));
    else {
      this.#tell({ op: 'goaway', afterMs, untilMs }, `retry: ${afterMs}\n`);
      this.#parts.exchange.end();
    }
    this.close();
  }

  /** Nobody reads it any more. Idempotent. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.hasRoom = false;
    if (this.#subscription?.isOpen === true) this.#subscription.close();
    this.#parts.onClosed(this);
  }

  #tell(frame: ServerFrame, fields = ''): void {
    this.#write(eventText(frame.op, this.codec.frame(frame) as string, fields));
  }

  #write(text: string): void {
    // Also when the client has gone within this very call, which closes the stream.
    if (!this.#parts.exchange.write(text)) this.hasRoom = false;
  }
}
