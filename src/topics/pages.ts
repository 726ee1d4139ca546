/**
 * What one page of a log becomes for one subscription that is behind: which entries it gets, by its policy, and which it
 * is told will not come. Nothing goes past what the topic has fanned out, so that nobody is ahead of its head.
 */
import type { LogEntry, LogPage } from '../model/topic-log.js';
import { limits } from '../protocol/limits.js';
import type { Feed } from './feed.js';
import type { Answer, TopicLogs } from './ports.js';
import type { TopicCursor, TopicSubscription } from './topic-subscription.js';

/** Entries asked for at once. */
const pageEntriesMax = 64;

export class Pages {
  readonly #logs: TopicLogs;
  readonly #feed: Feed;

  constructor(logs: TopicLogs, feed: Feed) {
    this.#logs = logs;
    this.#feed = feed;
  }

  /** Asks for what comes next behind a cursor. @throws what the log throws */
  ask(subscription: TopicSubscription, cursor: TopicCursor): Answer<LogPage> {
    const { topic } = cursor;
    let max = Math.min(pageEntriesMax, subscription.allowance);
    const isReplay = cursor.offset < cursor.replayTo;
    if (isReplay) max = Math.min(max, cursor.replayTo - cursor.offset);
    const isDropping = !isReplay && subscription.request.overflow === 'drop';
    cursor.askedUpTo = topic.flushed;
    cursor.askedAfter = isDropping ? Math.max(cursor.offset, topic.flushed - limits.streamWaitingMax) : cursor.offset;
    return isConflating(subscription, cursor)
      ? this.#logs.readLatest(topic.name, cursor.offset, max)
      : this.#logs.read(topic.name, cursor.askedAfter, max);
  }

  /** Delivers what was answered, as far as it can be taken. The page is of the cursor's epoch and place. */
  take(subscription: TopicSubscription, cursor: TopicCursor, page: LogPage): void {
    // The topic itself may have begun anew, and come back.
    if (cursor.offset >= cursor.topic.flushed) return;
    if (isConflating(subscription, cursor)) this.#takeLatest(subscription, cursor, page);
    else this.#takeAll(subscription, cursor, page);
  }

  #takeAll(subscription: TopicSubscription, cursor: TopicCursor, page: LogPage): void {
    const { ticket } = cursor;
    const upTo = cursor.topic.flushed;
    const trail = subscription.marks?.trailOf(cursor.topic.name);
    const reason = cursor.askedAfter > cursor.offset ? 'dropped' : 'expired';
    const entries =
      trail?.hasTold === true ? page.entries.filter((entry) => !trail.isTold(entry.offset)) : page.entries;
    let next = 0;
    while (next < entries.length) {
      const { offset } = entries[next] as LogEntry;
      if (offset > upTo) return;
      if (offset <= cursor.offset) {
        next += 1;
        continue;
      }
      if (!subscription.canTake) return;
      this.#miss(subscription, cursor, { to: offset - 1, reason });
      if (cursor.ticket !== ticket || !subscription.canTake) return;
      const run = this.#run(subscription, entries, next, upTo);
      next += run.length;
      cursor.offset = (run.at(-1) as LogEntry).offset;
      this.#feed.deliver(subscription, run);
      if (cursor.ticket !== ticket || !subscription.isOpen) return;
    }
    if (page.entries.length === 0 && !subscription.canTake) return;
    const last = page.entries.at(-1)?.offset ?? Math.max(page.last, cursor.askedUpTo);
    if (cursor.offset < Math.min(last, upTo)) {
      this.#miss(subscription, cursor, { to: Math.min(last, upTo), reason });
    }
  }

  /** Entries without a hole that fit into a bundle and into the credit. */
  #run(subscription: TopicSubscription, entries: readonly LogEntry[], start: number, upTo: number): LogEntry[] {
    const first = (entries[start] as LogEntry).offset;
    const fitting = this.#feed.bundleEnd(entries, start, subscription.subscriber.codec);
    const last = Math.min(fitting, start + subscription.allowance);
    let end = start + 1;
    while (end < last) {
      const { offset } = entries[end] as LogEntry;
      if (offset > upTo || offset !== first + end - start) break;
      end += 1;
    }
    return entries.slice(start, end);
  }

  #takeLatest(subscription: TopicSubscription, cursor: TopicCursor, page: LogPage): void {
    const { ticket } = cursor;
    const upTo = cursor.topic.flushed;
    if (!subscription.canTake) return;
    // What the log lost has no newer one that would say it: only what is held is conflated.
    this.#miss(subscription, cursor, { to: Math.min(page.first - 1, upTo), reason: 'expired' });
    if (cursor.ticket !== ticket || !subscription.canTake) return;
    const all = page.entries;
    let within = all.length;
    while (within > 0 && (all[within - 1] as LogEntry).offset > upTo) within -= 1;
    const entries = within === all.length ? all : all.slice(0, within);
    let end =
      within === 0 ? Math.min(upTo, Math.max(page.last, cursor.askedUpTo)) : (all[within - 1] as LogEntry).offset;
    // What is missing up to here has a newer one among those that are to come.
    if (within < all.length) end = upTo;
    let next = 0;
    do {
      if (!subscription.canTake) return;
      const stop = Math.min(
        this.#feed.bundleEnd(entries, next, subscription.subscriber.codec),
        next + subscription.allowance,
      );
      const chunk = entries.slice(next, stop);
      next = stop;
      const to = next < entries.length ? (chunk.at(-1) as LogEntry).offset : end;
      this.#conflate(subscription, cursor, chunk, to);
    } while (next < entries.length && cursor.ticket === ticket);
  }

  /** One gap for all that is superseded up to an offset, and then what is not. */
  #conflate(subscription: TopicSubscription, cursor: TopicCursor, chunk: readonly LogEntry[], to: number): void {
    const { ticket } = cursor;
    const from = cursor.offset + 1;
    const count = to - cursor.offset - chunk.length;
    if (count > 0) {
      const trail = subscription.marks?.trailOf(cursor.topic.name);
      if (trail !== undefined) {
        let low = from;
        for (const { offset } of chunk) {
          trail.tell(low, offset - 1);
          low = offset + 1;
        }
        trail.tell(low, to);
      }
      this.#feed.missing(subscription, cursor, { from, to, count, reason: 'conflated' });
      if (cursor.ticket !== ticket || !subscription.isOpen) return;
    }
    cursor.offset = to;
    if (chunk.length > 0) this.#feed.deliver(subscription, chunk);
  }

  /** Moves a cursor over what will not come; of that, what was not told is told. */
  #miss(
    subscription: TopicSubscription,
    cursor: TopicCursor,
    gap: { readonly to: number; readonly reason: 'dropped' | 'expired' },
  ): void {
    const from = cursor.offset + 1;
    if (gap.to < from) return;
    cursor.offset = gap.to;
    const trail = subscription.marks?.trailOf(cursor.topic.name);
    const missing = trail?.untold(from, gap.to) ?? { from, to: gap.to, count: gap.to - from + 1 };
    if (missing.count === 0) return;
    trail?.tell(missing.from, missing.to);
    this.#feed.missing(subscription, cursor, { ...missing, reason: gap.reason });
  }
}

/** Whether of what is behind only the newest of each key is wanted. */
function isConflating(subscription: TopicSubscription, cursor: TopicCursor): boolean {
  return subscription.request.overflow === 'latest' && cursor.offset >= cursor.replayTo;
}
