/**
 * Brings subscriptions that are behind to the head of their topics, from the log: in turns, each a few pages in a turn of
 * the event loop, as far as room and credit allow. One that waits for either costs nothing until it is woken.
 */
import type { LoopTurn } from '../model/loop-turn.js';
import type { LogPage } from '../model/topic-log.js';
import type { Feed } from './feed.js';
import type { Lags } from './lags.js';
import type { Pages } from './pages.js';
import type { SubscribedTopic, TopicCursor, TopicSubscription } from './topic-subscription.js';

export interface CatchUpParts {
  readonly pages: Pages;
  readonly lags: Lags;
  readonly feed: Feed;
  readonly turn: LoopTurn;
  /** The log of a topic was found in another epoch than was known. */
  readonly onEpoch: (topic: SubscribedTopic, epoch: string) => void;
  /** The log did not answer. */
  readonly onFailed: (subscription: TopicSubscription, error: unknown) => void;
}

/** Entries per turn of the event loop: of one subscription, and of all. */
const turnEntriesMax = 256;
const allEntriesMax = 4096;

/** Answers of the log that are waited for. */
const readingMax = 256;

/** What asking for a page counts when its answer comes later. */
const laterEntries = 64;

export class CatchUp {
  readonly #parts: CatchUpParts;
  #queue: TopicSubscription[] = [];
  #reading = 0;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** It may be able to go on: it has its turn when the turn of the event loop ends. */
  wake(subscription: TopicSubscription): void {
    if (!subscription.isOpen || !subscription.isBehind || subscription.isQueued || subscription.isReading) return;
    this.#enqueue(subscription);
    if (this.#reading < readingMax) this.#parts.turn.now();
  }

  /** Each of those that wait has its turn once, as long as the turn of the event loop has entries left. */
  run(): void {
    const queue = this.#queue;
    if (queue.length === 0) return;
    this.#queue = [];
    let left = allEntriesMax;
    let next = 0;
    while (next < queue.length && left > 0 && this.#reading < readingMax) {
      const subscription = queue[next] as TopicSubscription;
      next += 1;
      subscription.isQueued = false;
      // It asked again from within a turn of its own; the answer wakes it.
      if (subscription.isReading) continue;
      left -= this.#advance(subscription);
    }
    if (next < queue.length) this.#queue = queue.slice(next).concat(this.#queue);
    if (this.#queue.length > 0 && this.#reading < readingMax) this.#parts.turn.now();
  }

  #enqueue(subscription: TopicSubscription): void {
    subscription.isQueued = true;
    this.#queue.push(subscription);
  }

  /** @returns how many entries it took */
  #advance(subscription: TopicSubscription): number {
    let used = 0;
    while (subscription.isOpen) {
      const cursor = this.#ready(subscription);
      if (cursor === undefined) return used;
      if (used >= turnEntriesMax) {
        if (!subscription.isQueued) this.#enqueue(subscription);
        return used;
      }
      const answer = this.#ask(subscription, cursor);
      if (answer === undefined) return used;
      if (answer instanceof Promise) {
        this.#await(subscription, cursor, answer);
        return used + laterEntries;
      }
      used += Math.max(1, answer.entries.length);
      this.#take(subscription, cursor, answer);
    }
    return used;
  }

  /** The place at which it can be delivered to; undefined when there is none, or not now. */
  #ready(subscription: TopicSubscription): TopicCursor | undefined {
    const { lags, feed } = this.#parts;
    let left = turnEntriesMax;
    for (let cursor = subscription.nextCursor; cursor !== undefined; cursor = subscription.nextCursor) {
      const { topic } = cursor;
      if (left === 0) {
        if (!subscription.isQueued) this.#enqueue(subscription);
        return undefined;
      }
      left -= 1;
      subscription.renew(cursor);
      if (cursor.isReset) {
        if (!subscription.subscriber.hasRoom) return undefined;
        cursor.isReset = false;
        feed.reset(subscription, topic.name, cursor.epoch);
        if (!subscription.isOpen) return undefined;
      } else if (cursor.offset === topic.flushed) {
        lags.caughtUp(subscription, cursor);
      } else if (cursor.offset > topic.flushed) {
        topic.early ??= new Set();
        topic.early.add(subscription);
        return undefined;
      } else {
        if (subscription.canTake) return cursor;
        // What it can take now is not all that waits for it.
        lags.check(subscription);
        return undefined;
      }
    }
    return undefined;
  }

  #ask(subscription: TopicSubscription, cursor: TopicCursor) {
    try {
      return this.#parts.pages.ask(subscription, cursor);
    } catch (error) {
      this.#parts.onFailed(subscription, error);
      return undefined;
    }
  }

  #await(subscription: TopicSubscription, cursor: TopicCursor, answer: Promise<LogPage>): void {
    const { ticket } = cursor;
    subscription.isReading = true;
    this.#reading += 1;
    const answered = () => {
      subscription.isReading = false;
      this.#reading -= 1;
      if (this.#queue.length > 0) this.#parts.turn.now();
    };
    answer.then(
      (page) => {
        answered();
        if (!subscription.isOpen) return;
        if (cursor.ticket === ticket) this.#take(subscription, cursor, page);
        this.wake(subscription);
      },
      (error: unknown) => {
        answered();
        if (subscription.isOpen) this.#parts.onFailed(subscription, error);
      },
    );
  }

  #take(subscription: TopicSubscription, cursor: TopicCursor, page: LogPage): void {
    const { epoch } = cursor.topic;
    // What was asked before the log began anew says nothing.
    if (cursor.epoch !== epoch) return;
    if (page.epoch !== epoch) {
      this.#parts.onEpoch(cursor.topic, page.epoch);
      return;
    }
    this.#parts.pages.take(subscription, cursor, page);
    this.#parts.lags.moved(subscription, cursor);
  }
}
