/**
 * From the log to those at its head: what is appended in a turn of the event loop, here or elsewhere, is handed to all
 * of them when the turn ends, in one bundle for each codec. Who cannot take it stays behind.
 */
import type { LoopTurn } from '../model/loop-turn.js';
import type { MessageBundle } from '../model/message-bundle.js';
import type { LogEntry } from '../model/topic-log.js';
import type { Feed } from './feed.js';
import type { Lags } from './lags.js';
import type { SubscribedTopic, TopicSubscription } from './topic-subscription.js';
import type { TopicTable } from './topic-table.js';

export interface FanOutParts {
  readonly table: TopicTable<TopicSubscription>;
  readonly feed: Feed;
  readonly lags: Lags;
  readonly turn: LoopTurn;
  /** It may be able to go on. */
  readonly wake: (subscription: TopicSubscription) => void;
}

/** Entries of a topic that wait for the turn to end; with so many it does not wait. */
const pendingMax = 1024;

export class FanOut {
  readonly #parts: FanOutParts;
  /** Topics with something to be fanned out, and those of it that were since {@link flush} began. */
  #dirty: SubscribedTopic[] = [];
  #next = 0;

  constructor(parts: FanOutParts) {
    this.#parts = parts;
  }

  /** An entry of any topic. Entries of one topic come in order; where some did not come, they are read. */
  appended(entry: LogEntry): void {
    const topic = this.#parts.table.followed(entry.topic);
    if (topic === undefined) return;
    if (topic.isFanning) topic.putOff(entry);
    else this.#take(topic, entry);
  }

  /** A log begins anew. */
  reset(name: string, epoch: string): void {
    const topic = this.#parts.table.get(name);
    if (topic === undefined || topic.epoch === epoch) return;
    if (topic.epoch === undefined) topic.begin(epoch, 0);
    else if (topic.isFanning) topic.putOff(epoch);
    else {
      const { epoch: former } = topic;
      this.#restart(topic, epoch);
      topic.formerEpoch = former;
    }
  }

  /** Hands out everything there is. */
  flush(): void {
    const until = this.#dirty.length;
    while (this.#next < until && this.#next < this.#dirty.length) {
      const topic = this.#dirty[this.#next] as SubscribedTopic;
      this.#next += 1;
      this.#fanOut(topic);
    }
    if (this.#next === 0) return;
    this.#dirty = this.#dirty.slice(this.#next);
    this.#next = 0;
  }

  #take(topic: SubscribedTopic, entry: LogEntry): void {
    if (entry.epoch !== topic.epoch) {
      if (entry.epoch === topic.formerEpoch) return;
      if (topic.epoch === undefined) topic.begin(entry.epoch, entry.offset - 1);
      else this.#restart(topic, entry.epoch);
      topic.formerEpoch = undefined;
    }
    if (entry.offset <= topic.head) return;
    if (entry.offset > topic.head + 1) this.#skip(topic, entry.offset - 1);
    topic.head = entry.offset;
    topic.lastPattern = this.#parts.table.lastPattern;
    if (topic.pending !== undefined) {
      topic.pending.push(entry);
      if (topic.pending.length >= pendingMax) this.#fanOut(topic);
      return;
    }
    topic.pending = [entry];
    this.#dirty.push(topic);
    this.#parts.turn.now();
  }

  #fanOut(topic: SubscribedTopic): void {
    const entries = topic.pending;
    if (entries === undefined || topic.isFanning) return;
    topic.pending = undefined;
    const turn = new TurnBundles(entries, this.#parts.feed);
    const base = topic.flushed;
    const end = topic.startFan();
    const { live } = topic;
    let delivered = 0;
    for (let i = 0; i < end; i += 1) {
      const subscription = live[i];
      if (subscription === undefined) continue;
      topic.fanIndex = i;
      const bundle = turn.only(subscription);
      if (bundle === undefined || subscription.isMetered || !subscription.subscriber.hasRoom) {
        topic.fanAt = base;
        this.#offer(topic, subscription, turn);
        continue;
      }
      topic.fanAt = topic.flushed;
      delivered += entries.length;
      subscription.subscriber.deliver(subscription, bundle);
    }
    topic.fanIndex = end;
    this.#parts.feed.delivered += delivered;
    for (const subscription of this.#parts.table.matching(topic)) this.#offerPattern(topic, subscription, turn, base);
    this.#endFan(topic);
  }

  #endFan(topic: SubscribedTopic): void {
    const putOff = topic.endFan();
    this.#parts.lags.checkStrict(topic);
    const { early } = topic;
    if (early !== undefined) {
      topic.early = undefined;
      for (const subscription of early) this.#parts.wake(subscription);
    }
    if (putOff === undefined) return;
    for (const what of putOff) {
      if (typeof what === 'string') this.reset(topic.name, what);
      else this.appended(what);
    }
  }

  /** To one of whom it is not sure that it can take everything. */
  #offer(topic: SubscribedTopic, subscription: TopicSubscription, turn: TurnBundles): void {
    const { feed, lags, wake } = this.#parts;
    if (subscription.isMetered && subscription.allowance < turn.entries.length) {
      lags.fall(subscription, topic.fanAt);
      wake(subscription);
      return;
    }
    for (const bundle of turn.bundles(subscription)) {
      // Not when it was closed, or went back, while it was delivered to.
      if (subscription.index < 0) return;
      if (!subscription.subscriber.hasRoom) {
        lags.fall(subscription, topic.fanAt);
        return;
      }
      topic.fanAt = (bundle.entries.at(-1) as LogEntry).offset;
      if (subscription.isMetered) feed.deliver(subscription, bundle.entries);
      else {
        feed.delivered += bundle.entries.length;
        subscription.subscriber.deliver(subscription, bundle);
      }
    }
  }

  #offerPattern(topic: SubscribedTopic, subscription: TopicSubscription, turn: TurnBundles, base: number): void {
    const { feed, lags, wake } = this.#parts;
    if (!subscription.isOpen) return;
    if (subscription.cursors?.has(topic.name) === true) {
      lags.check(subscription);
      return;
    }
    if (subscription.isMetered && subscription.allowance < turn.entries.length) {
      if (lags.fallIn(subscription, topic, base) !== undefined) wake(subscription);
      lags.check(subscription);
      return;
    }
    let at = base;
    for (const bundle of turn.bundles(subscription)) {
      if (!subscription.isOpen || subscription.cursors?.has(topic.name) === true) return;
      if (!subscription.subscriber.hasRoom) {
        lags.fallIn(subscription, topic, at);
        lags.check(subscription);
        return;
      }
      const trail = subscription.marks?.leaveTrail(topic, at);
      at = (bundle.entries.at(-1) as LogEntry).offset;
      if (trail !== undefined) trail.at = at;
      if (subscription.isMetered) feed.deliver(subscription, bundle.entries);
      else {
        feed.delivered += bundle.entries.length;
        subscription.subscriber.deliver(subscription, bundle);
      }
    }
  }

  /** Entries up to an offset did not come: all who are at the head have to read them. */
  #skip(topic: SubscribedTopic, offset: number): void {
    this.#fanOut(topic);
    const { lags, wake } = this.#parts;
    const place = topic.flushed;
    for (let last = topic.live.at(-1); last !== undefined; last = topic.live.at(-1)) {
      lags.fall(last, place);
      wake(last);
    }
    this.#fallInPatterns(topic, this.#older(topic), place);
    topic.head = offset;
    topic.flushed = offset;
  }

  #fallInPatterns(topic: SubscribedTopic, patterns: readonly TopicSubscription[], offset: number): void {
    const { lags, wake } = this.#parts;
    for (const subscription of patterns) {
      if (!subscription.isOpen || subscription.cursors?.has(topic.name) === true) continue;
      if (lags.fallIn(subscription, topic, offset) !== undefined) wake(subscription);
    }
  }

  /** Who is behind sees by itself that its cursor is of another epoch. */
  #restart(topic: SubscribedTopic, epoch: string): void {
    this.#fanOut(topic);
    const { lags, wake } = this.#parts;
    const older = this.#older(topic);
    topic.begin(epoch, 0);
    for (let last = topic.live.at(-1); last !== undefined; last = topic.live.at(-1)) {
      lags.fall(last, 0)?.restart(epoch);
      last.marks?.trail?.restart(epoch);
      wake(last);
    }
    for (const subscription of older) {
      if (subscription.isOpen && subscription.cursors?.has(topic.name) !== true) {
        this.#restartPattern(topic, subscription, epoch);
      } else wake(subscription);
    }
  }

  #restartPattern(topic: SubscribedTopic, subscription: TopicSubscription, epoch: string): void {
    const { feed, lags, wake } = this.#parts;
    subscription.marks?.trails?.get(topic.name)?.restart(epoch);
    if (subscription.subscriber.hasRoom) {
      feed.reset(subscription, topic.name, epoch);
      return;
    }
    lags.fallIn(subscription, topic, 0)?.restart(epoch);
    wake(subscription);
  }

  /** Patterns that were there when the last entry came: only to them something is missing. */
  #older(topic: SubscribedTopic): TopicSubscription[] {
    return this.#parts.table
      .matching(topic)
      .filter((subscription) => subscription.isOpen && subscription.patternNumber <= topic.lastPattern);
  }
}

/** The entries of a topic in a turn, as bundles for both codecs, made when somebody needs them. */
class TurnBundles {
  readonly entries: readonly LogEntry[];
  readonly #feed: Feed;
  #json: readonly MessageBundle[] | undefined = undefined;
  #msgpack: readonly MessageBundle[] | undefined = undefined;

  constructor(entries: readonly LogEntry[], feed: Feed) {
    this.entries = entries;
    this.#feed = feed;
  }

  bundles(subscription: TopicSubscription): readonly MessageBundle[] {
    if (subscription.isBinary) {
      this.#msgpack ??= this.#feed.shared(this.entries, subscription.subscriber.codec);
      return this.#msgpack;
    }
    this.#json ??= this.#feed.shared(this.entries, subscription.subscriber.codec);
    return this.#json;
  }

  /** The bundle, if there is only one. */
  only(subscription: TopicSubscription): MessageBundle | undefined {
    const bundles = this.bundles(subscription);
    return bundles.length === 1 ? bundles[0] : undefined;
  }
}
