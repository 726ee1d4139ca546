/**
 * Rules on subscriptions: each is opened once, where it was asked to be, or where it says that what was missed is not
 * known; messages keep to its credit, its cursors hold, and nothing comes after its end.
 */
import type { Frame } from './audit-event.js';
import type { Findings } from './findings.js';
import type { SessionStep } from './session-rules.js';
import { TopicCursor } from './topic-cursor.js';
import { topicMatches } from './topic-pattern.js';

/** A message as a subscriber got it. */
export interface SeenMessage {
  readonly subscription: AuditedSubscription;
  readonly topic: string;
  /** Undefined where the subscriber was not told. */
  readonly epoch: string | undefined;
  readonly offset: number;
  readonly n: unknown;
  readonly key: unknown;
}

/** One subscription of one session. */
export interface AuditedSubscription {
  readonly client: number;
  readonly id: unknown;
  /** A topic or a pattern. */
  readonly topic: string;
  readonly isPattern: boolean;
  readonly isMetered: boolean;
  readonly overflow: unknown;
  readonly from: { readonly epoch: string; readonly offset: number } | undefined;
  state: 'asked' | 'live' | 'ended';
  /** When it was told to be open. */
  openedAt: number;
  max: number;
  /** What came and counts against the credit. */
  delivered: number;
  /** Nothing has come since it was opened. */
  isFresh: boolean;
  readonly cursors: Map<string, TopicCursor>;
  /** Topic → the first offset that came, of a pattern. */
  readonly firsts: Map<string, number>;
}

/** What the subscriptions of one client saw. */
export interface SubscriptionsOfClient {
  readonly subscriptions: readonly AuditedSubscription[];
  readonly seen: readonly SeenMessage[];
}

/** Goes through the steps of one client. */
export function auditSubscriptions(
  client: number,
  steps: readonly SessionStep[],
  findings: Findings,
): SubscriptionsOfClient {
  const follower = new SubscriptionFollower(client, findings);
  for (const step of steps) {
    if (step.kind === 'opened') follower.opened(step.isResumed);
    else if (step.kind === 'sent') follower.sent(step.frame);
    else follower.got(step.frame, step.at);
  }
  follower.end();
  return follower;
}

class SubscriptionFollower implements SubscriptionsOfClient {
  readonly subscriptions: AuditedSubscription[] = [];
  readonly seen: SeenMessage[] = [];
  readonly #client: number;
  readonly #findings: Findings;
  /** Of the current session, by id. */
  #byId = new Map<unknown, AuditedSubscription>();

  constructor(client: number, findings: Findings) {
    this.#client = client;
    this.#findings = findings;
  }

  opened(isResumed: boolean): void {
    for (const subscription of this.#byId.values()) {
      for (const cursor of subscription.cursors.values()) {
        if (isResumed) cursor.resumed();
        else if (subscription.state !== 'ended') cursor.end(false);
      }
      if (!isResumed) subscription.state = 'ended';
      // Where messages are left out, or topics mixed, others may come in place of those that it cannot know to have come.
      else if (subscription.overflow !== 'wait' || subscription.isPattern) subscription.delivered = 0;
    }
    if (!isResumed) this.#byId = new Map();
  }

  sent(frame: Frame): void {
    const { id } = frame;
    const known = this.#byId.get(id);
    if (frame.op === 'pull' && known !== undefined) known.max = Math.max(known.max, Number(frame.max));
    if (frame.op !== 'subscribe' || known !== undefined) return;
    const topic = String(frame.topic);
    const subscription: AuditedSubscription = {
      client: this.#client,
      id,
      topic,
      isPattern: /[*>]/.test(topic),
      isMetered: typeof frame.credit === 'number',
      overflow: frame.overflow ?? 'wait',
      from: frame.from as AuditedSubscription['from'],
      state: 'asked',
      openedAt: 0,
      max: Number(frame.credit ?? 0),
      delivered: 0,
      isFresh: true,
      cursors: new Map(),
      firsts: new Map(),
    };
    this.#byId.set(id, subscription);
    this.subscriptions.push(subscription);
  }

  got(frame: Frame, at: number): void {
    if (frame.op === 'message') this.#message(frame);
    else if (frame.op === 'gap' && !this.#isOfStream(frame)) this.#gap(frame);
    else {
      const subscription = this.#byId.get(frame.id);
      if (frame.id === undefined || subscription === undefined) return;
      if (frame.op === 'subscribed') this.#subscribed(subscription, frame, at);
      else if (frame.op === 'error' || frame.op === 'end') this.#ended(subscription, frame);
      else this.#foreign('frames about subscriptions', frame);
    }
  }

  /** Subscriptions that are open at the end of the run had the time to get everything. */
  end(): void {
    for (const { state, cursors } of this.#byId.values()) {
      if (state === 'live') for (const cursor of cursors.values()) cursor.end(true);
    }
  }

  #isOfStream({ id, topic }: Frame): boolean {
    return topic === undefined && id !== undefined && !this.#byId.has(id);
  }

  #subscribed(subscription: AuditedSubscription, frame: Frame, at: number): void {
    if (subscription.state !== 'asked') this.#foreign('one answer to a subscribe', frame);
    subscription.state = 'live';
    subscription.openedAt = at;
    const { epoch, offset, recovered } = frame;
    if (subscription.isPattern) {
      if (epoch !== undefined || offset !== undefined) this.#foreign('no place for a pattern', frame);
      return;
    }
    if (typeof epoch !== 'string' || typeof offset !== 'number' || typeof recovered !== 'boolean') {
      this.#foreign('epoch, offset and recovered', frame);
      return;
    }
    const { from, topic } = subscription;
    if (from !== undefined && recovered && (from.epoch !== epoch || from.offset !== offset)) {
      this.#foreign(`to go on behind offset ${from.offset} of ${from.epoch}, since it says to be recovered`, frame);
    }
    subscription.cursors.set(topic, this.#cursor(subscription, topic, epoch, offset));
  }

  #cursor({ id }: AuditedSubscription, topic: string, epoch: string | undefined, position: number): TopicCursor {
    const where = `client ${this.#client}, subscription ${String(id)}, ${topic}: `;
    return new TopicCursor(epoch, position, (kind, message) => this.#findings.add(kind, where + message));
  }

  #ended(subscription: AuditedSubscription, frame: Frame): void {
    if (subscription.state === 'ended') this.#foreign('one end of a subscription', frame);
    subscription.state = 'ended';
    for (const cursor of subscription.cursors.values()) cursor.end(false);
  }

  #message(frame: Frame): void {
    const topic = String(frame.topic);
    const offset = Number(frame.offset);
    const subscription = this.#of(frame);
    if (subscription === undefined) return;
    const cursor = this.#cursorFor(subscription, topic, offset - 1);
    subscription.isFresh = false;
    if (!subscription.firsts.has(topic)) subscription.firsts.set(topic, offset);
    if (cursor.message(offset)) subscription.delivered += 1;
    if (subscription.isMetered && subscription.delivered > subscription.max) {
      this.#foreign(`at most ${subscription.max} messages, as the credit allows`, frame);
    }
    const n = (frame.data as { readonly n?: unknown } | undefined)?.n;
    this.seen.push({ subscription, topic, epoch: cursor.epoch, offset, n, key: frame.key });
  }

  #gap(frame: Frame): void {
    const subscription = this.#of(frame);
    if (subscription === undefined) return;
    const isNumbers = [frame.from, frame.to, frame.count].every(Number.isSafeInteger);
    if (!isNumbers && frame.reason !== 'reset') {
      this.#foreign('whole numbers from, to and count', frame);
      return;
    }
    if (subscription.isFresh && subscription.from !== undefined && frame.reason === 'expired') {
      this.#foreign('no hole where it says to be recovered', frame);
    }
    subscription.isFresh = false;
    const topic = typeof frame.topic === 'string' ? frame.topic : subscription.topic;
    this.#cursorFor(subscription, topic, Number(frame.from) - 1).gap(frame);
  }

  /** A pattern's begins with what comes first. */
  #cursorFor(subscription: AuditedSubscription, topic: string, position: number): TopicCursor {
    const known = subscription.cursors.get(topic);
    if (known !== undefined) return known;
    const cursor = this.#cursor(subscription, topic, undefined, position);
    subscription.cursors.set(topic, cursor);
    return cursor;
  }

  /** Whose message or gap it is. One without an id is for a subscription without credit. */
  #of(frame: Frame): AuditedSubscription | undefined {
    const topic = frame.topic === undefined ? undefined : String(frame.topic);
    const own = frame.id === undefined ? this.#unmetered(topic ?? '') : this.#byId.get(frame.id);
    if (own === undefined) this.#foreign('a topic that is subscribed to', frame);
    else if (own.state !== 'live') {
      this.#foreign(own.state === 'ended' ? 'nothing after the end of a subscription' : 'subscribed first', frame);
    } else if (topic !== undefined && !topicMatches(own.topic, topic)) this.#foreign(`a topic of ${own.topic}`, frame);
    else return own;
    return undefined;
  }

  #unmetered(topic: string): AuditedSubscription | undefined {
    let found: AuditedSubscription | undefined;
    for (const one of this.#byId.values()) {
      if (one.isMetered || !topicMatches(one.topic, topic)) continue;
      if (found === undefined || found.state === 'ended') found = one;
    }
    return found;
  }

  #foreign(expected: string, frame: Frame): void {
    const got = JSON.stringify(frame).slice(0, 200);
    this.#findings.add('unexpected', `client ${this.#client}: expected ${expected}, got ${got}`);
  }
}
