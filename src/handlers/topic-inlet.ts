/** Subscribes a stream processor to its topics. While its inlet is full it is behind, like any subscriber without room. */
import type { Codec } from '../model/codec.js';
import type { MessageBundle } from '../model/message-bundle.js';
import type { SubscribeRequest, Subscriber, Subscription, TopicGap } from '../model/subscription.js';
import type { Failure } from '../protocol/error-codes.js';
import type { Processor } from './processor.js';

export interface TopicInletParts {
  readonly processor: Processor;
  /** Its topic, or pattern. */
  readonly topic: string;
  /** Which frames are made of the messages; it looks at none. */
  readonly codec: Codec;
  readonly subscribe: (request: SubscribeRequest, subscriber: Subscriber) => Subscription;
  /** The subscription has ended by itself; for the log. */
  readonly onFailed: (why: Failure) => void;
}

export class TopicInlet implements Subscriber {
  readonly member = undefined;
  readonly codec: Codec;
  readonly #parts: TopicInletParts;
  #subscription: Subscription | undefined = undefined;

  constructor(parts: TopicInletParts) {
    this.#parts = parts;
    this.codec = parts.codec;
  }

  get hasRoom(): boolean {
    return this.#parts.processor.hasRoom;
  }

  open(): void {
    const { processor, subscribe, topic } = this.#parts;
    processor.onRoom(() => this.#subscription?.resume());
    this.#subscription = subscribe({ topic, overflow: 'wait' }, this);
  }

  close(): void {
    this.#subscription?.close();
  }

  opened(): void {
    // It begins with what comes.
  }

  deliver(_subscription: Subscription, { entries }: MessageBundle): void {
    this.#parts.processor.deliver(entries);
  }

  gap(_subscription: Subscription, gap: TopicGap): void {
    this.#parts.processor.gap(gap);
  }

  failed(_subscription: Subscription, why: Failure): void {
    this.#parts.onFailed(why);
  }
}
