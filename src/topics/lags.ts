/** Who is behind: gives subscriptions their cursors and takes them away again. */
import { failure } from '../protocol/error-codes.js';
import { limits } from '../protocol/limits.js';
import { Cursor } from './cursor.js';
import { Cursors } from './cursors.js';
import type { SubscribedTopic, TopicCursor, TopicSubscription } from './topic-subscription.js';
import type { TopicTable } from './topic-table.js';

export class Lags {
  readonly #table: TopicTable<TopicSubscription>;
  /** Subscriptions that are behind. */
  count = 0;

  constructor(table: TopicTable<TopicSubscription>) {
    this.#table = table;
  }

  /**
   * A subscription to a topic is behind an offset from now on.
   * @param replayTo up to where its policy does not count
   */
  fall(subscription: TopicSubscription, offset: number, replayTo = offset): TopicCursor | undefined {
    const { topic } = subscription;
    if (topic === undefined) return undefined;
    topic.leave(subscription);
    const cursor = new Cursor(topic, offset, replayTo);
    subscription.cursor = cursor;
    this.count += 1;
    if (subscription.request.overflow === 'close') {
      topic.strict ??= new Set();
      topic.strict.add(subscription);
    }
    return cursor;
  }

  /** The same for one topic of a pattern. Behind in too many, it fails. */
  fallIn(subscription: TopicSubscription, topic: SubscribedTopic, offset: number): TopicCursor | undefined {
    const size = subscription.cursors?.size ?? 0;
    if (size >= subscription.behindMax) {
      subscription.fail(overflowed(`behind in more than ${subscription.behindMax} topics`));
      return undefined;
    }
    const held = this.#table.hold(topic.name);
    // What was put aside meanwhile comes back as it was.
    if (held.epoch === undefined && topic.epoch !== undefined) held.begin(topic.epoch, topic.flushed);
    const cursor = new Cursor(held, offset, offset);
    subscription.cursors ??= new Cursors();
    subscription.cursors.add(cursor);
    if (size === 0) this.count += 1;
    subscription.marks?.leaveTrail(held, offset);
    return cursor;
  }

  /** It has come to the head. */
  caughtUp(subscription: TopicSubscription, cursor: TopicCursor): void {
    const { topic } = cursor;
    if (subscription.cursor === cursor) {
      this.#drop(subscription);
      topic.join(subscription);
      return;
    }
    const trail = subscription.marks?.trailOf(topic.name);
    if (trail !== undefined) trail.at = cursor.offset;
    this.#dropIn(subscription, cursor);
  }

  /** It is not open any more. */
  forget(subscription: TopicSubscription): void {
    if (subscription.cursor !== undefined) this.#drop(subscription);
    if (subscription.cursors === undefined) return;
    for (const cursor of [...subscription.cursors.values()]) this.#dropIn(subscription, cursor);
  }

  /** It was read on: it may be at the head now, else other topics of its pattern come first next time. */
  moved(subscription: TopicSubscription, cursor: TopicCursor): void {
    const { topic, isReset } = cursor;
    const isThere = cursor.epoch === topic.epoch && cursor.offset === topic.flushed && !isReset;
    if (isThere && subscription.has(cursor)) this.caughtUp(subscription, cursor);
    else subscription.cursors?.rotate(cursor);
  }

  /** Ends those of a topic for which more waits than their policy, `close`, allows. */
  checkStrict(topic: SubscribedTopic): void {
    if (topic.strict === undefined) return;
    for (const subscription of topic.strict) this.#checkWaiting(subscription);
  }

  /** The same for one that is behind. */
  check(subscription: TopicSubscription): void {
    if (subscription.request.overflow === 'close' && subscription.isBehind) this.#checkWaiting(subscription);
  }

  #checkWaiting(subscription: TopicSubscription): void {
    if (subscription.canTake) return;
    let waiting = 0;
    if (subscription.cursor !== undefined) waiting = waitingAt(subscription, subscription.cursor);
    if (subscription.cursors !== undefined) {
      for (const cursor of subscription.cursors.values()) {
        waiting += waitingAt(subscription, cursor);
        if (waiting > limits.streamWaitingMax) break;
      }
    }
    if (waiting > limits.streamWaitingMax)
      subscription.fail(overflowed(`more than ${limits.streamWaitingMax} messages wait`));
  }

  #drop(subscription: TopicSubscription): void {
    const topic = subscription.topic;
    subscription.cursor = undefined;
    this.count -= 1;
    if (topic?.strict?.delete(subscription) === true && topic.strict.size === 0) topic.strict = undefined;
  }

  #dropIn(subscription: TopicSubscription, cursor: TopicCursor): void {
    subscription.cursors?.remove(cursor);
    if (subscription.cursors?.size === 0) {
      subscription.cursors = undefined;
      this.count -= 1;
    }
    this.#table.release(cursor.topic);
  }
}

/** How many messages wait that have outrun the subscription. */
function waitingAt(subscription: TopicSubscription, cursor: TopicCursor): number {
  subscription.renew(cursor);
  return Math.max(0, cursor.topic.flushed - Math.max(cursor.offset, cursor.replayTo));
}

function overflowed(why: string) {
  return failure('resource_exhausted', `the subscription cannot keep up: ${why}`, {
    reason: 'overflow',
    started: 'maybe',
  });
}
