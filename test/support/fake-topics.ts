/** Topics without logs: who subscribed, and what a test lets them be told. */
import { jsonCodec } from '../../src/codec/codecs.js';
import { MessageBundle } from '../../src/model/message-bundle.js';
import type { SubscribeRequest, Subscriber, Subscription } from '../../src/model/subscription.js';
import type { LogEntry } from '../../src/model/topic-log.js';

export class FakeSubscription implements Subscription {
  readonly request: SubscribeRequest;
  readonly subscriber: Subscriber;
  isOpen = true;
  behind = 7;
  resumes = 0;
  closes = 0;

  constructor(request: SubscribeRequest, subscriber: Subscriber) {
    this.request = request;
    this.subscriber = subscriber;
  }

  resume(): void {
    this.resumes += 1;
  }

  close(): void {
    this.isOpen = false;
    this.closes += 1;
  }

  pull(): void {}
  mark(): void {}
  confirm(): void {}
  rewind(): void {}
  setPresent(): void {}
}

export class FakeTopics {
  readonly subscriptions: FakeSubscription[] = [];
  /** Runs inside of `subscribe`. */
  onSubscribe: (subscription: FakeSubscription) => void = () => undefined;

  readonly subscribe = (request: SubscribeRequest, subscriber: Subscriber): FakeSubscription => {
    const subscription = new FakeSubscription(request, subscriber);
    this.subscriptions.push(subscription);
    this.onSubscribe(subscription);
    return subscription;
  };

  get last(): FakeSubscription {
    return this.subscriptions.at(-1) as FakeSubscription;
  }
}

/** A message of the epoch `e1`. */
export function logEntry(topic: string, offset: number, data: unknown = offset, key?: string): LogEntry {
  return { topic, data, key, bytes: 8, epoch: 'e1', offset, atMs: 0, json: undefined, msgpack: undefined };
}

/** Messages that leave together, in JSON. */
export function bundleOf(...entries: readonly LogEntry[]): MessageBundle {
  const frames = entries.map(({ topic, offset, data, key }) => jsonCodec.message(topic, offset, data, key));
  return new MessageBundle(entries, frames, jsonCodec);
}
