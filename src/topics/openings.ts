/** Opens subscriptions: finds where their log stands, and puts them there. */
import type { LogPosition } from '../model/topic-log.js';
import { failure } from '../protocol/error-codes.js';
import { engineFailure } from './engine-failure.js';
import type { FanOut } from './fan-out.js';
import type { Lags } from './lags.js';
import type { Answer, TopicLogs } from './ports.js';
import type { SubscribedTopic, TopicSubscription } from './topic-subscription.js';
import type { TopicTable } from './topic-table.js';

export interface OpeningsParts {
  readonly logs: TopicLogs;
  readonly table: TopicTable<TopicSubscription>;
  readonly fanOut: FanOut;
  readonly lags: Lags;
  readonly wake: (subscription: TopicSubscription) => void;
  /** It is open, and was told so. */
  readonly onOpen: (subscription: TopicSubscription) => void;
  readonly onFailed: (error: unknown, what: string) => void;
}

/** Where a subscription begins. */
interface Start {
  readonly offset: number;
  readonly recovered: boolean;
}

export class Openings {
  readonly #parts: OpeningsParts;

  constructor(parts: OpeningsParts) {
    this.#parts = parts;
  }

  /** Live only: what was published before is handed out first. */
  openPattern(subscription: TopicSubscription): void {
    const { from, rewind } = subscription.request;
    if (from !== undefined || rewind !== undefined) {
      subscription.fail(failure('invalid_argument', 'expected neither from nor rewind with a pattern'));
      return;
    }
    this.#parts.fanOut.flush();
    this.#parts.table.addPattern(subscription);
    subscription.subscriber.opened(subscription, undefined, true);
  }

  openTopic(subscription: TopicSubscription): void {
    try {
      subscription.topic = this.#parts.table.hold(subscription.request.topic);
    } catch (error) {
      this.#failed(subscription, error);
      return;
    }
    this.#find(subscription, subscription.topic, true);
  }

  /** @param asksAgain whether to do so when the answer is of another epoch than the topic here */
  #find(subscription: TopicSubscription, topic: SubscribedTopic, asksAgain: boolean): void {
    let answer: Answer<LogPosition>;
    try {
      answer = this.#parts.logs.position(topic.name);
    } catch (error) {
      this.#failed(subscription, error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#found(subscription, topic, answer);
      return;
    }
    answer.then(
      (position) => {
        if (!subscription.isOpen) return;
        const isOther = topic.epoch !== undefined && topic.epoch !== position.epoch;
        if (isOther && asksAgain) this.#find(subscription, topic, false);
        else this.#found(subscription, topic, position);
      },
      (error: unknown) => this.#failed(subscription, error),
    );
  }

  #found(subscription: TopicSubscription, topic: SubscribedTopic, position: LogPosition): void {
    const { fanOut, lags, wake, onOpen } = this.#parts;
    if (topic.epoch === undefined) topic.begin(position.epoch, position.last);
    else fanOut.reset(topic.name, position.epoch);
    const { offset, recovered } = startOf(subscription, position);
    if (offset === topic.flushed) topic.join(subscription);
    else lags.fall(subscription, offset, subscription.request.overflow === 'close' ? position.last : offset);
    subscription.marks?.begin(subscription);
    subscription.subscriber.opened(subscription, { epoch: position.epoch, offset }, recovered);
    if (!subscription.isOpen) return;
    wake(subscription);
    onOpen(subscription);
  }

  #failed(subscription: TopicSubscription, error: unknown): void {
    if (!subscription.isOpen) return;
    subscription.fail(engineFailure(error, `position of ${subscription.request.topic}`, this.#parts.onFailed));
  }
}

/** What cannot be proved to be whole is not begun with. */
function startOf({ request }: TopicSubscription, { epoch, first, last }: LogPosition): Start {
  const { from, rewind } = request;
  if (from !== undefined) {
    const isHeld = String(from.epoch) === epoch && from.offset >= first - 1 && from.offset <= last;
    return isHeld ? { offset: from.offset, recovered: true } : { offset: last, recovered: false };
  }
  if (rewind !== undefined) return { offset: Math.max(first - 1, last - rewind, 0), recovered: true };
  return { offset: last, recovered: true };
}
