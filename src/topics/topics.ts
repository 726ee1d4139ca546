/**
 * Topics. A topic is one log, in the engine, and a subscriber is a place in it. Those at the head get what is published
 * in a turn of the event loop when it ends, the same bytes for all; those who cannot take it stay where they are, and are
 * caught up from the log once they can. So nothing is copied for anybody, and a slow subscriber holds up nobody.
 */
import type { LoopTurn } from '../model/loop-turn.js';
import type { SubscribeRequest, Subscriber, Subscription } from '../model/subscription.js';
import type { LogEntry, Member } from '../model/topic-log.js';
import type { Failure } from '../protocol/error-codes.js';
import { isPattern } from '../protocol/topics.js';
import { CatchUp } from './catch-up.js';
import { engineFailure } from './engine-failure.js';
import { FanOut } from './fan-out.js';
import { Feed } from './feed.js';
import { goBack } from './go-back.js';
import { Lags } from './lags.js';
import { Openings } from './openings.js';
import { Pages } from './pages.js';
import type { Answer, TopicLogs, TopicPresence } from './ports.js';
import { type PresenceDetail, PresenceNotes } from './presence-notes.js';
import { type MeasuringCodec, Publisher } from './publisher.js';
import { type SubscriptionKeeper, TopicSubscription } from './topic-subscription.js';
import { TopicTable } from './topic-table.js';

export interface TopicsParts {
  readonly logs: TopicLogs;
  readonly presence: TopicPresence;
  /** What is published in one of its turns leaves together when it ends. */
  readonly turn: LoopTurn;
  /** Measures messages, and says whether they can be encoded. */
  readonly json: MeasuringCodec;
  /** Bytes a message may have, as a frame in JSON. */
  readonly messageBytesMax: number;
  /** Topics in which a subscription to a pattern may be behind, and as many in which it may have what is not confirmed. */
  readonly behindMax: number;
  /** What is told of who is subscribed to a topic. */
  readonly presenceOf: (topic: string) => PresenceDetail;
  /** The engine failed, or a message could not be encoded: for the log. */
  readonly onFailed: (error: unknown, what: string) => void;
}

export class Topics {
  readonly #presence: TopicPresence;
  readonly #table: TopicTable<TopicSubscription>;
  readonly #lags: Lags;
  readonly #feed: Feed;
  readonly #catchUp: CatchUp;
  readonly #openings: Openings;
  readonly #publisher: Publisher;
  readonly #notes: PresenceNotes;
  readonly #keeper: SubscriptionKeeper;
  #subscriptions = 0;

  constructor(parts: TopicsParts) {
    const { logs, presence, turn, json, onFailed } = parts;
    this.#presence = presence;
    const table = new TopicTable<TopicSubscription>(logs);
    const lags = new Lags(table);
    const feed = new Feed(json, onFailed);
    const wake = (subscription: TopicSubscription) => catchUp.wake(subscription);
    const fanOut = new FanOut({ table, feed, lags, turn, wake });
    const catchUp = new CatchUp({
      pages: new Pages(logs, feed),
      lags,
      feed,
      turn,
      onEpoch: (topic, epoch) => fanOut.reset(topic.name, epoch),
      onFailed: (subscription, error) =>
        subscription.fail(engineFailure(error, `read for ${subscription.request.topic}`, onFailed)),
    });
    const onOpen = (subscription: TopicSubscription) => this.#countMember(subscription);
    this.#openings = new Openings({ logs, table, fanOut, lags, wake, onOpen, onFailed });
    this.#publisher = new Publisher(parts);
    this.#notes = new PresenceNotes({
      presence,
      turn,
      presenceOf: parts.presenceOf,
      tell: (topic, note) => void this.#publisher.append(topic, note, undefined),
      onFailed,
    });
    this.#keeper = {
      behindMax: parts.behindMax,
      wake,
      goBack: (subscription) => goBack(subscription, { table, lags, wake }),
      ended: (subscription) => this.#ended(subscription),
      presenceChanged: (subscription) => this.#countMember(subscription),
    };
    this.#table = table;
    this.#lags = lags;
    this.#feed = feed;
    this.#catchUp = catchUp;
    logs.follow(fanOut);
    turn.onEnd(() => {
      this.#notes.flush();
      fanOut.flush();
      this.#catchUp.run();
    });
  }

  /** Subscriptions that are open, or about to be. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** Subscriptions that are behind. */
  get lagging(): number {
    return this.#lags.count;
  }

  /** Messages appended from here, since the beginning. */
  get published(): number {
    return this.#publisher.count;
  }

  /** Messages given to subscribers: each counts for each. */
  get delivered(): number {
    return this.#feed.delivered;
  }

  /** Messages subscribers were told will not come. */
  get missed(): number {
    return this.#feed.missed;
  }

  /** Topics that are kept here. */
  get topics(): number {
    return this.#table.size;
  }

  /**
   * Appends a message to the log of its topic, which hands it to all subscribers. At once where the engine answers at
   * once. A `Failure`: it was refused, or, when `started` is `maybe`, perhaps appended nevertheless.
   */
  publish(topic: string, data: unknown, key: string | undefined): Answer<LogEntry | Failure> {
    return this.#publisher.publish(topic, data, key);
  }

  /** Subscribes; whether that went well is told to the subscriber, perhaps before this returns. */
  subscribe(request: SubscribeRequest, subscriber: Subscriber): Subscription {
    const subscription = new TopicSubscription(request, subscriber, this.#keeper);
    this.#subscriptions += 1;
    if (isPattern(request.topic)) this.#openings.openPattern(subscription);
    else this.#openings.openTopic(subscription);
    return subscription;
  }

  /** How many members are subscribed to a topic, in all processes. */
  count(topic: string): Answer<number> {
    return this.#presence.count(topic);
  }

  /** Who is subscribed to a topic, in all processes. */
  members(topic: string): Answer<readonly Member[]> {
    return this.#presence.members(topic);
  }

  #ended(subscription: TopicSubscription): void {
    this.#subscriptions -= 1;
    this.#lags.forget(subscription);
    if (subscription.patternNumber > 0) this.#table.removePattern(subscription);
    const { topic } = subscription;
    if (topic !== undefined) {
      topic.leave(subscription);
      topic.early?.delete(subscription);
      this.#countMember(subscription);
      this.#table.release(topic);
    }
  }

  /** Its member is counted as long as it is open and there. */
  #countMember(subscription: TopicSubscription): void {
    const { member } = subscription.subscriber;
    const isOpened = subscription.index >= 0 || subscription.cursor !== undefined;
    const isThere = subscription.isOpen && subscription.isPresent && isOpened;
    if (member === undefined || isThere === subscription.isCounted) return;
    subscription.isCounted = isThere;
    if (isThere) this.#notes.join(subscription.request.topic, member);
    else this.#notes.leave(subscription.request.topic, member);
  }
}
