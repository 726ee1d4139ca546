/**
 * The topic streams that are open: their number has a bound, one timer keeps all their connections alive, and a drain
 * ends them.
 */
import type { Clock, Timer } from '../model/clock.js';
import type { Codec } from '../model/codec.js';
import { departureMs } from '../model/departure.js';
import type { Subscriber, Subscription } from '../model/subscription.js';
import type { HttpExchange } from '../model/transport.js';
import type { Failure } from '../protocol/error-codes.js';
import { BundleText } from './event-text.js';
import { TopicStream } from './topic-stream.js';

export interface TopicStreamsOptions {
  readonly clock: Clock;
  /** Of JSON. */
  readonly codec: Codec;
  /** Streams that may be open at once. */
  readonly streamsMax: number;
}

/** One request for a stream. */
export interface TopicStreamRequest {
  readonly exchange: HttpExchange;
  readonly subscribe: (subscriber: Subscriber) => Subscription;
  /** Answers the request when its subscription fails before it is open. */
  readonly refuse: (why: Failure) => void;
}

/** How often a stream says something, at least. */
const keepAliveMs = 15_000;
/** How often is looked which ones are due. */
const tickMs = 1000;
/** Part of the streams that is written to in one tick: all of them may have come at once. */
const tickShare = 1 / 8;

export class TopicStreams {
  readonly #options: TopicStreamsOptions;
  /** In the order in which they are due to be kept alive. */
  readonly #open = new Set<TopicStream>();
  readonly #placed = new BundleText(true);
  readonly #placeless = new BundleText(false);
  readonly #onClosed = (stream: TopicStream): void => this.#remove(stream);
  #timer: Timer | undefined = undefined;

  constructor(options: TopicStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#options.streamsMax;
  }

  /** Opens a stream; not to be called when there are as many as may be. @throws what subscribing throws */
  open({ exchange, subscribe, refuse }: TopicStreamRequest): void {
    const stream = new TopicStream({
      exchange,
      refuse,
      codec: this.#options.codec,
      placed: this.#placed,
      placeless: this.#placeless,
      onClosed: this.#onClosed,
    });
    this.#keepLater(stream, this.#options.clock.nowMs());
    this.#timer ??= this.#options.clock.after(tickMs, this.#tick);
    exchange.onWritable(() => stream.roomAgain());
    exchange.onAborted(() => stream.close());
    stream.open(subscribe);
  }

  /**
   * Ends all of them.
   * @param spreadMs the time over which their clients are asked to come back, each at its own
   * @param untilMs when the gateway is gone, from now
   */
  goAway(spreadMs: number, untilMs: number): void {
    const streams = [...this.#open];
    for (const [index, stream] of streams.entries()) {
      stream.goAway(departureMs(index, streams.length, spreadMs), Math.round(untilMs));
    }
  }

  readonly #tick = (): void => {
    const nowMs = this.#options.clock.nowMs();
    let left = Math.ceil(this.#open.size * tickShare);
    for (const stream of this.#open) {
      if (left === 0 || stream.keepAliveAtMs > nowMs) break;
      left -= 1;
      this.#keepLater(stream, nowMs);
      stream.keepAlive();
    }
    this.#timer = this.#open.size === 0 ? undefined : this.#options.clock.after(tickMs, this.#tick);
  };

  /** Puts it last in line. */
  #keepLater(stream: TopicStream, nowMs: number): void {
    this.#open.delete(stream);
    stream.keepAliveAtMs = nowMs + keepAliveMs;
    this.#open.add(stream);
  }

  #remove(stream: TopicStream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    this.#timer?.clear();
    this.#timer = undefined;
  }
}
