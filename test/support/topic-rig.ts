/** Topics with logs that are moved by hand, and subscribers that write down what they get. */
import { jsonCodec } from '../../src/codec/json-codec.js';
import type { Codec } from '../../src/model/codec.js';
import { LoopTurn } from '../../src/model/loop-turn.js';
import type { MessageBundle } from '../../src/model/message-bundle.js';
import type { SubscribeRequest, Subscriber, Subscription, TopicGap } from '../../src/model/subscription.js';
import type { LogEntry, Member } from '../../src/model/topic-log.js';
import type { Failure } from '../../src/protocol/error-codes.js';
import type { Answer, TopicPresence } from '../../src/topics/ports.js';
import type { PresenceDetail } from '../../src/topics/presence-notes.js';
import { Topics } from '../../src/topics/topics.js';
import { TestLogs } from './test-logs.js';

/** Who is there, as one process sees it. */
class TestPresence implements TopicPresence {
  readonly calls: string[] = [];
  /** What whoever comes or goes gets instead of an answer. */
  failure: Error | undefined = undefined;
  /** Those are answered with promises. */
  isLate = false;
  readonly #members = new Map<string, Map<string, Member>>();

  join(topic: string, member: Member): Answer<number> {
    this.calls.push(`join ${topic} ${member.id}`);
    return this.#answer(() => {
      const members = this.#members.get(topic) ?? new Map<string, Member>();
      this.#members.set(topic, members.set(member.id, member));
      return members.size;
    });
  }

  leave(topic: string, memberId: string): Answer<number> {
    this.calls.push(`leave ${topic} ${memberId}`);
    return this.#answer(() => {
      this.#members.get(topic)?.delete(memberId);
      return this.count(topic);
    });
  }

  count(topic: string): number {
    return this.#members.get(topic)?.size ?? 0;
  }

  members(topic: string): readonly Member[] {
    return [...(this.#members.get(topic)?.values() ?? [])];
  }

  #answer(work: () => number): Answer<number> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return this.isLate ? Promise.resolve().then(work) : work();
  }
}

/** One that writes down what it is told, in a line each. */
export class Listener implements Subscriber {
  readonly codec: Codec;
  member: Member | undefined = undefined;
  lines: string[] = [];
  bundles: MessageBundle[] = [];
  failure: Failure | undefined = undefined;
  /** Called after each delivery. */
  onDeliver: ((subscription: Subscription) => void) | undefined = undefined;
  onOpened: ((subscription: Subscription) => void) | undefined = undefined;
  onGap: (() => void) | undefined = undefined;
  /** Whether it was asked for room when it had none, and so has to resume. */
  lacksRoom = false;
  subscriptions: Subscription[] = [];
  #hasRoom = true;

  constructor(codec: Codec = jsonCodec) {
    this.codec = codec;
  }

  get hasRoom(): boolean {
    if (!this.#hasRoom) this.lacksRoom = true;
    return this.#hasRoom;
  }

  block(): void {
    this.#hasRoom = false;
  }

  unblock(): void {
    this.#hasRoom = true;
    if (!this.lacksRoom) return;
    this.lacksRoom = false;
    for (const subscription of this.subscriptions) subscription.resume();
  }

  opened(
    subscription: Subscription,
    at: { readonly epoch: string; readonly offset: number } | undefined,
    recovered: boolean,
  ): void {
    this.subscriptions.push(subscription);
    this.lines.push(`opened ${at === undefined ? 'pattern' : `${at.epoch}:${at.offset}`} ${recovered}`);
    this.onOpened?.(subscription);
  }

  deliver(subscription: Subscription, bundle: MessageBundle): void {
    this.bundles.push(bundle);
    for (const { topic, offset } of bundle.entries) this.lines.push(`${topic}:${offset}`);
    this.onDeliver?.(subscription);
  }

  gap(_subscription: Subscription, { topic, from, to, count, reason, epoch }: TopicGap): void {
    this.lines.push(`gap ${topic}:${from}-${to} ${count} ${reason}${epoch === undefined ? '' : ` ${epoch}`}`);
    this.onGap?.();
  }

  failed(_subscription: Subscription, why: Failure): void {
    this.failure = why;
    this.lines.push(`failed ${why.code} ${why.reason ?? ''}`.trim());
  }

  /** What was written down since the last time. */
  take(): string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }
}

export class TopicRig {
  readonly logs = new TestLogs();
  readonly presence = new TestPresence();
  readonly turn = new LoopTurn();
  readonly failures: string[] = [];
  detail: PresenceDetail = 'none';
  /** How often the detail was asked for. */
  detailsAsked = 0;
  readonly topics: Topics;

  constructor(messageBytesMax = 1000, behindMax = 1024) {
    this.topics = new Topics({
      logs: this.logs,
      presence: this.presence,
      turn: this.turn,
      json: jsonCodec,
      messageBytesMax,
      behindMax,
      presenceOf: () => {
        this.detailsAsked += 1;
        return this.detail;
      },
      onFailed: (error, what) => this.failures.push(`${what}: ${String(error)}`),
    });
  }

  subscribe(listener: Listener, topic: string, more: Partial<SubscribeRequest> = {}): Subscription {
    return this.topics.subscribe({ topic, overflow: 'wait', ...more }, listener);
  }

  /** Publishes so many messages, which say their number. */
  publish(topic: string, count = 1, key?: string): void {
    for (let i = 0; i < count; i += 1) void this.topics.publish(topic, i, key);
  }

  /** Publishes one at once. */
  entry(topic: string, data: unknown = 0): LogEntry {
    return this.topics.publish(topic, data, undefined) as LogEntry;
  }

  /** Until the turn of the event loop has ended, and with it what it was asked to do. */
  async turnEnd(turns = 1): Promise<void> {
    for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Gives all answers that are waited for, and those that are asked for then. */
  async settle(): Promise<void> {
    for (let i = 0; i < 1000; i += 1) {
      await this.turnEnd();
      if (this.logs.waiting === 0 && this.logs.notesWaiting === 0) {
        if (i > 0 && this.#isQuiet()) return;
      }
      this.logs.notifyAll();
      this.logs.answerAll();
    }
    throw new Error('expected the logs to come to rest');
  }

  #quietReads = -1;

  /** Nothing was read since the last time. */
  #isQuiet(): boolean {
    const isQuiet = this.#quietReads === this.logs.reads;
    this.#quietReads = this.logs.reads;
    return isQuiet;
  }
}

/** `topic:from` to `topic:to`, as a listener writes them down. */
export function messages(topic: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${topic}:${from + i}`);
}
