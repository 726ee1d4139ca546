/** A subscription to a topic, and the one who has it, as the rooms on both sides of it see them. */
import type { Failure } from '../protocol/error-codes.js';
import type { GapReason, Overflow } from '../protocol/frames.js';
import type { Codec } from './codec.js';
import type { MessageBundle } from './message-bundle.js';
import type { Member } from './topic-log.js';

/** What is asked for. */
export interface SubscribeRequest {
  /** A topic, or a pattern: `*` is one token, a last `>` one or more. */
  readonly topic: string;
  /** Continue after an offset; only for a topic, as is `rewind`. */
  readonly from?: { readonly epoch: string | number; readonly offset: number } | undefined;
  /** Begin so many messages back. */
  readonly rewind?: number | undefined;
  /** Messages allowed at first; undefined is unmetered: as many as the subscriber has room for. */
  readonly credit?: number | undefined;
  /** The id messages of a metered subscription carry. */
  readonly id?: number | string | undefined;
  /** What to do when messages outrun its credit, or its room. */
  readonly overflow: Overflow;
  /** A part of the gateway itself: topics it may be behind in have no bound but that of all topics. */
  readonly isTrusted?: boolean;
}

export interface Subscription {
  readonly request: SubscribeRequest;
  /** Until it is closed or has failed. */
  readonly isOpen: boolean;
  /** Messages of its topics that it has not come to. O(topics it is behind in). */
  readonly behind: number;
  /** Absolute count of messages allowed in all; never lowers. Nothing where it is unmetered. */
  pull(max: number): void;
  /** Its subscriber has room again. */
  resume(): void;
  /** Not wanted any more. Nothing is told. */
  close(): void;
  /** Remembers how far it was delivered, until {@link confirm} says that all of that has arrived. */
  mark(): void;
  confirm(): void;
  /** Goes back to what was confirmed last: everything behind it is delivered again. */
  rewind(): void;
  /** Whether its member is seen to be there; at first it is. */
  setPresent(isPresent: boolean): void;
}

/** Messages of a topic that will not come. */
export interface TopicGap {
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  /** How many of those from `from` to `to`: all, unless newer ones of their keys are among them. */
  readonly count: number;
  readonly reason: GapReason;
  /** The new epoch, with the reason `reset`. */
  readonly epoch?: string;
}

/** One who subscribes: a session, a request for server-sent events, a stream processor. */
export interface Subscriber {
  /** Of the frames it is given. */
  readonly codec: Codec;
  /** Whether it takes messages now. When not, each of its subscriptions is resumed as soon as it does. */
  readonly hasRoom: boolean;
  /** Who is seen to be there; undefined for those who do not count, such as processors. */
  readonly member: Member | undefined;
  /**
   * The subscription is open, its messages come from behind `offset` on. A pattern has no place: `at` is undefined.
   * @param recovered false when what was missed since `from` is not known, and nothing of it will come
   */
  opened(
    subscription: Subscription,
    at: { readonly epoch: string; readonly offset: number } | undefined,
    recovered: boolean,
  ): void;
  deliver(subscription: Subscription, bundle: MessageBundle): void;
  /** Always before the first message behind it. */
  gap(subscription: Subscription, gap: TopicGap): void;
  /** It has ended, and not by its own wish. */
  failed(subscription: Subscription, why: Failure): void;
}
