/** One subscription: what opens it, and opens it again behind what has come; what comes, in order and once. */
import type { GapFrame, MessageFrame, SubscribedFrame, SubscribeFrame } from '../protocol/frames.js';
import { isPattern } from '../protocol/topics.js';
import { Allowance } from './allowance.js';
import type { TopicGap, TopicMessage } from './api.js';
import type { RetryBounds } from './bounds.js';
import type { Sink } from './event-source.js';
import type { SubscribeOptions } from './options.js';
import type { Retriable } from './retries.js';
import { TopicOffsets } from './topic-offsets.js';

/** What a subscription brings. */
export type TopicEvent = TopicMessage<unknown> | TopicGap;

export interface SubscriptionParts {
  readonly id: number;
  readonly topic: string;
  readonly options: SubscribeOptions;
  readonly credit: number;
  readonly retry: RetryBounds | undefined;
  readonly sink: Sink<TopicEvent>;
  /** Tells the gateway how many messages it may send. */
  readonly pull: (max: number) => void;
  /** Tells of what the application did wrong. */
  readonly warn: (message: string) => void;
}

export class Subscription implements Retriable {
  /** As the gateway knows it; another one when it is opened behind the beginning of a new epoch. */
  id: number;
  readonly topic: string;
  readonly retry: RetryBounds | undefined;
  readonly deadlineAtMs = 0;
  readonly sink: Sink<TopicEvent>;
  readonly allowance: Allowance;
  attempts = 0;
  refusedAtMs = 0;
  /** As in {@link Operation}. */
  sentAt = 0;
  isCancelled = false;
  release: (() => void) | undefined = undefined;
  readonly #options: SubscribeOptions;
  readonly #isPattern: boolean;
  readonly #warn: (message: string) => void;
  readonly #offsets = new TopicOffsets();
  /** Where it is: of one topic, once it was open. */
  #epoch = '';
  #offset = 0;
  #hasOpened = false;
  /** What was missed cannot be told, and whoever asked has not heard of it. */
  #isAnew = false;

  constructor({ id, topic, options, credit, retry, sink, pull, warn }: SubscriptionParts) {
    this.#warn = warn;
    this.id = id;
    this.topic = topic;
    this.#options = options;
    this.#isPattern = isPattern(topic);
    this.retry = retry;
    this.sink = sink;
    this.allowance = new Allowance(credit, pull);
  }

  /** What opens it, for the first time or in a new session. */
  opening(): SubscribeFrame {
    const { overflow } = this.#options;
    const credit = this.allowance.restart();
    const frame: SubscribeFrame = { op: 'subscribe', id: this.id, topic: this.topic, ...this.#start(), credit };
    return overflow === undefined ? frame : { ...frame, overflow };
  }

  /** The session goes on, on another connection. */
  resumed(repeatedFromMs: number): void {
    this.#offsets.resumed(repeatedFromMs);
  }

  /** @returns false when the topic began anew since: it is to be opened again, so that all that it holds comes */
  opened({ epoch = '', offset = 0, recovered }: SubscribedFrame): boolean {
    const known = this.#known;
    const isAnew = !recovered && known !== undefined && known.epoch !== epoch && !this.#isPattern;
    const wasOpen = this.#hasOpened;
    this.#hasOpened = true;
    this.#offsets.clear();
    this.#epoch = epoch;
    this.#offset = isAnew ? 0 : offset;
    if (isAnew) {
      this.#isAnew = true;
      this.sink.next(this.#gap({ topic: this.topic, from: 0, to: 0, count: undefined, reason: 'reset' }));
      return offset === 0 ? this.#tell() : false;
    }
    // So that a message that comes again is known for one.
    if (!this.#isPattern) this.#offsets.take(this.topic, offset);
    if ((!recovered || this.#isAnew) && known !== undefined && offset > known.offset) {
      const count = offset - known.offset;
      this.sink.next(this.#gap({ topic: this.topic, from: known.offset + 1, to: offset, count, reason: 'expired' }));
    }
    if (wasOpen && this.#isPattern) {
      this.#isAnew = true;
      this.sink.next(this.#gap({ topic: this.topic, from: 0, to: 0, count: undefined, reason: 'lost' }));
    }
    return this.#tell(recovered);
  }

  message({ topic, offset, data, key }: MessageFrame): void {
    if (!this.#offsets.take(topic, offset)) return;
    if (!this.#isPattern) this.#offset = offset;
    this.allowance.arrived();
    const message: TopicMessage<unknown> = { kind: 'message', topic, offset, epoch: this.#epoch, data };
    this.sink.next(key === undefined ? message : { ...message, key });
  }

  gap({ topic = this.topic, from, to, count, reason, epoch }: GapFrame): void {
    if (reason === 'reset') {
      this.#offsets.forget(topic);
      if (!this.#isPattern) {
        this.#epoch = epoch ?? '';
        this.#offset = 0;
      }
    } else if (reason !== 'conflated' && !this.#isPattern) {
      // Of what was left out by key the newest come yet; of these none does.
      this.#offset = Math.max(this.#offset, to);
    }
    // Of what began anew nobody knows how much is missing.
    if (reason === 'reset') this.sink.next(this.#gap({ topic, from: 0, to: 0, count: undefined, reason }));
    else this.sink.next(this.#gap({ topic, from, to, count, reason }));
  }

  /** The reader has it. */
  took({ kind }: TopicEvent): void {
    if (kind === 'message') this.allowance.took();
  }

  #start(): Pick<SubscribeFrame, 'from' | 'rewind'> {
    if (this.#isPattern) return {};
    const known = this.#known;
    // Of a topic that began anew all that it holds is wanted, wherever that begins.
    if (this.#isAnew && known?.offset === 0) return { rewind: Number.MAX_SAFE_INTEGER };
    if (known !== undefined) return { from: { epoch: known.epoch, offset: known.offset } };
    const { rewind } = this.#options;
    return rewind === undefined ? {} : { rewind };
  }

  /** The place it is to be opened behind; undefined where that is now, or so many messages back. */
  get #known(): { readonly epoch: string; readonly offset: number } | undefined {
    return this.#hasOpened ? { epoch: this.#epoch, offset: this.#offset } : this.#options.from;
  }

  #gap(gap: Pick<TopicGap, 'topic' | 'from' | 'to' | 'count' | 'reason'>): TopicGap {
    return { kind: 'gap', ...gap, epoch: this.#epoch, offset: this.#offset };
  }

  #tell(recovered = true): true {
    const at = this.#isPattern ? { epoch: undefined, offset: undefined } : { epoch: this.#epoch, offset: this.#offset };
    const start = { ...at, recovered: recovered && !this.#isAnew };
    this.#isAnew = false;
    try {
      this.#options.onOpen?.(start);
    } catch (error) {
      this.#warn(`onOpen of ${this.topic} failed: ${String(error)}`);
    }
    return true;
  }
}
