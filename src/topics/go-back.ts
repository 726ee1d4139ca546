/** Back to what was confirmed: whatever was delivered since may not have arrived, and is delivered again. */
import { failure } from '../protocol/error-codes.js';
import type { Lags } from './lags.js';
import type { Marks, TopicSubscription } from './topic-subscription.js';
import type { TopicTable } from './topic-table.js';

export interface GoBackParts {
  readonly table: TopicTable<TopicSubscription>;
  readonly lags: Lags;
  readonly wake: (subscription: TopicSubscription) => void;
}

/** For a subscription that was marked. One of a pattern fails when it had too much to remember. */
export function goBack(subscription: TopicSubscription, parts: GoBackParts): void {
  const { marks } = subscription;
  if (marks === undefined) return;
  if (!marks.canGoBack) {
    subscription.fail(
      failure('resource_exhausted', 'expected fewer topics with messages that are not confirmed', {
        reason: 'overflow',
        started: 'maybe',
      }),
    );
    return;
  }
  marks.unmark();
  subscription.delivered = marks.confirmed;
  if (subscription.patternNumber > 0) goBackInAll(subscription, marks, parts);
  else goBackInTopic(subscription, marks, parts);
  parts.wake(subscription);
}

function goBackInTopic(subscription: TopicSubscription, { trail }: Marks, { lags }: GoBackParts): void {
  const { place } = subscription;
  if (trail === undefined || place === undefined || place <= trail.confirmed) return;
  if (subscription.cursor !== undefined) subscription.cursor.goBack(trail.confirmed);
  else lags.fall(subscription, trail.confirmed, place);
}

function goBackInAll(subscription: TopicSubscription, { trails }: Marks, { table, lags }: GoBackParts): void {
  if (trails === undefined) return;
  for (const [name, trail] of trails) {
    if (!subscription.isOpen) return;
    const known = subscription.cursors?.get(name);
    if (known !== undefined) {
      subscription.renew(known);
      if (known.offset > trail.confirmed) known.goBack(trail.confirmed);
      continue;
    }
    if (trail.at <= trail.confirmed) continue;
    const topic = table.hold(name);
    if (topic.epoch === undefined) topic.begin(trail.epoch, trail.at);
    const isAnew = topic.epoch !== trail.epoch;
    const cursor = lags.fallIn(subscription, topic, isAnew ? 0 : trail.confirmed);
    // Its offsets are those of a log that is no more: nothing of it can come again.
    if (isAnew) cursor?.restart(cursor.epoch);
    else if (cursor !== undefined) cursor.replayTo = trail.at;
    table.release(topic);
  }
}
