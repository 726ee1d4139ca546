/** Subscribes a stream processor to its topics. While its inlet is full it is behind, like any subscriber without room. */
import type { Clock, Timer } from '../model/clock.js';
import type { Codec } from '../model/codec.js';
import type { MessageBundle } from '../model/message-bundle.js';
import type { SubscribeRequest, Subscriber, Subscription, TopicGap } from '../model/subscription.js';
import type { Failure } from '../protocol/error-codes.js';
import { defaultRestart } from './define-processor.js';
import type { Processor } from './processor.js';
import { ProcessorBackoff } from './processor-backoff.js';

export interface TopicInletParts {
  readonly clock: Clock;
  /** From 0 to 1, exclusive. */
  readonly random: () => number;
  readonly processor: Pick<Processor, 'hasRoom' | 'onRoom' | 'deliver' | 'gap' | 'lost'>;
  /** Its topic, or pattern. */
  readonly topic: string;
  /** Which frames are made of the messages; it looks at none. */
  readonly codec: Codec;
  readonly subscribe: (request: SubscribeRequest, subscriber: Subscriber) => Subscription;
}

export class TopicInlet implements Subscriber {
  readonly member = undefined;
  readonly codec: Codec;
  readonly #parts: TopicInletParts;
  readonly #backoff: ProcessorBackoff;
  #subscription: Subscription | undefined = undefined;
  #retry: Timer | undefined = undefined;
  #isClosed = false;

  constructor(parts: TopicInletParts) {
    this.#parts = parts;
    this.codec = parts.codec;
    this.#backoff = new ProcessorBackoff(defaultRestart, parts.clock, parts.random);
  }

  get hasRoom(): boolean {
    return this.#parts.processor.hasRoom;
  }

  /** Messages that wait in the logs, since there is no room. */
  get behind(): number {
    return this.#subscription?.isOpen === true ? this.#subscription.behind : 0;
  }

  open(): void {
    this.#parts.processor.onRoom(() => this.#subscription?.resume());
    this.#subscribe();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.clear();
    this.#subscription?.close();
  }

  opened(): void {
    // It begins with what comes.
    this.#backoff.began();
  }

  deliver(_subscription: Subscription, { entries }: MessageBundle): void {
    this.#parts.processor.deliver(entries);
  }

  gap(_subscription: Subscription, gap: TopicGap): void {
    this.#parts.processor.gap(gap);
  }

  /** A part of the gateway does not end because its subscription has: it subscribes again, after a while. */
  failed(_subscription: Subscription, why: Failure): void {
    if (this.#isClosed) return;
    const againInMs = this.#backoff.ended();
    this.#parts.processor.lost(why, againInMs);
    this.#retry = this.#parts.clock.after(againInMs, () => this.#subscribe());
  }

  #subscribe(): void {
    const { subscribe, topic } = this.#parts;
    this.#retry = undefined;
    this.#subscription = subscribe({ topic, overflow: 'wait', isTrusted: true }, this);
  }
}
