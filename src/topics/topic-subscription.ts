/**
 * One subscription, to a topic or to a pattern. At the head of its topic it has no state but its index there; where it
 * is behind, it has a cursor: one, or one for each topic of its pattern. What happens to it is its keeper's business.
 */
import type { SubscribeRequest, Subscriber, Subscription } from '../model/subscription.js';
import type { Failure } from '../protocol/error-codes.js';
import type { Cursor } from './cursor.js';
import type { Cursors } from './cursors.js';
import type { Topic } from './topic.js';
import { Trail } from './trail.js';

/** What a subscription asks of those who look after it. */
export interface SubscriptionKeeper {
  /** Topics a pattern may be behind in. */
  readonly behindMax: number;
  /** It may be able to go on. */
  wake(subscription: TopicSubscription): void;
  /** Confirmed is where it shall go on. */
  goBack(subscription: TopicSubscription): void;
  /** It is not open any more: called once. */
  ended(subscription: TopicSubscription): void;
  presenceChanged(subscription: TopicSubscription): void;
}

/** A topic as subscriptions see it. */
export type SubscribedTopic = Topic<TopicSubscription>;

/** The cursor of a subscription. */
export type TopicCursor = Cursor<SubscribedTopic>;

export class TopicSubscription implements Subscription {
  readonly request: SubscribeRequest;
  readonly subscriber: Subscriber;
  readonly #keeper: SubscriptionKeeper;
  readonly isBinary: boolean;
  readonly isMetered: boolean;
  /** Topics it may be behind in, and as many of which something was delivered that is not confirmed. */
  readonly behindMax: number;
  isOpen = true;
  /** In the list of those at the head of its topic; −1 when it is behind, is not open yet, or has a pattern. */
  index = -1;
  /** Messages allowed and delivered in all; only counted where it is metered. */
  allowed: number;
  delivered = 0;
  /** Of a pattern; 0 for a topic. */
  patternNumber = 0;
  /** Undefined for a pattern. */
  topic: SubscribedTopic | undefined = undefined;
  cursor: TopicCursor | undefined = undefined;
  /** Of a pattern: for each topic it is behind in. Undefined for none. */
  cursors: Cursors<SubscribedTopic> | undefined = undefined;
  /** It waits for its turn to be caught up. */
  isQueued = false;
  /** It waits for an answer of the log. */
  isReading = false;
  isPresent = true;
  /** Its member was counted in. */
  isCounted = false;
  /** What is needed to go back, once it was marked: of its topic, or for each topic of its pattern. */
  marks: Marks | undefined = undefined;

  constructor(request: SubscribeRequest, subscriber: Subscriber, keeper: SubscriptionKeeper) {
    this.request = request;
    this.subscriber = subscriber;
    this.#keeper = keeper;
    this.isBinary = subscriber.codec.isBinary;
    this.isMetered = request.credit !== undefined;
    this.behindMax = request.isTrusted === true ? Number.MAX_SAFE_INTEGER : keeper.behindMax;
    this.allowed = request.credit ?? 0;
  }

  /** Whether it is behind somewhere. */
  get isBehind(): boolean {
    return this.cursor !== undefined || this.cursors !== undefined;
  }

  /** Messages its credit allows now. */
  get allowance(): number {
    return this.isMetered ? this.allowed - this.delivered : Number.MAX_SAFE_INTEGER;
  }

  /** Whether it can be delivered to. When not, it is woken by `pull` or `resume`. */
  get canTake(): boolean {
    return this.isOpen && this.allowance > 0 && this.subscriber.hasRoom;
  }

  /** The next place to be caught up. */
  get nextCursor(): TopicCursor | undefined {
    return this.cursors === undefined ? this.cursor : this.cursors.next;
  }

  get behind(): number {
    let behind = 0;
    for (const { topic, epoch, offset } of this.cursors?.values() ?? (this.cursor === undefined ? [] : [this.cursor])) {
      behind += Math.max(0, topic.flushed - (epoch === topic.epoch ? offset : 0));
    }
    return behind;
  }

  /** Whether a cursor is one of its own, and was not taken away. */
  has(cursor: TopicCursor): boolean {
    return this.cursor === cursor || this.cursors?.get(cursor.topic.name) === cursor;
  }

  pull(max: number): void {
    if (!this.isMetered || max <= this.allowed) return;
    this.allowed = max;
    this.resume();
  }

  resume(): void {
    if (this.isBehind) this.#keeper.wake(this);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#keeper.ended(this);
  }

  /** Ends it, and says why. */
  fail(why: Failure): void {
    if (!this.isOpen) return;
    this.close();
    this.subscriber.failed(this, why);
  }

  mark(): void {
    if (!this.isOpen) return;
    this.marks ??= new Marks(this.delivered, this.behindMax);
    this.marks.mark(this);
  }

  confirm(): void {
    this.marks?.confirm(this);
  }

  rewind(): void {
    if (this.isOpen && this.marks !== undefined) this.#keeper.goBack(this);
  }

  setPresent(isPresent: boolean): void {
    if (isPresent === this.isPresent) return;
    this.isPresent = isPresent;
    if (this.isOpen) this.#keeper.presenceChanged(this);
  }

  /** Whatever its log has become meanwhile, its cursor is in the newest epoch then. */
  renew(cursor: TopicCursor): void {
    const { epoch } = cursor.topic;
    if (epoch === undefined || cursor.epoch === epoch) return;
    cursor.restart(epoch);
    this.marks?.trailOf(cursor.topic.name)?.restart(epoch);
  }

  /** How far it was delivered in its topic; undefined for a pattern, and before it is open. */
  get place(): number | undefined {
    if (this.cursor !== undefined) {
      this.renew(this.cursor);
      return this.cursor.offset;
    }
    return this.topic === undefined || this.index < 0 ? undefined : this.topic.placeOf(this);
  }
}

/** What a subscription that was marked remembers. */
export class Marks {
  /** Counts of messages delivered. */
  confirmed: number;
  readonly #trailsMax: number;
  #marked: number;
  /** Whether there were more trails than are kept, before the mark and since. */
  #lostBefore = false;
  #lostSince = false;
  /** Of a subscription to a topic, once it is open. */
  trail: Trail | undefined = undefined;
  /** Of a pattern: for each topic of which something was delivered that is not confirmed. */
  trails: Map<string, Trail> | undefined = undefined;

  /** @param trailsMax trails of a pattern: beyond, it cannot go back */
  constructor(delivered: number, trailsMax: number) {
    this.confirmed = delivered;
    this.#trailsMax = trailsMax;
    this.#marked = delivered;
  }

  /** False when it cannot be told any more what was delivered since it was confirmed. */
  get canGoBack(): boolean {
    return !this.#lostBefore && !this.#lostSince;
  }

  trailOf(name: string): Trail | undefined {
    return this.trail ?? this.trails?.get(name);
  }

  /** The subscription is open, or marked: from here on it can come back. */
  begin(subscription: TopicSubscription): void {
    const { place, topic } = subscription;
    if (place !== undefined) this.trail ??= new Trail(topic?.epoch ?? '', place);
  }

  mark(subscription: TopicSubscription): void {
    if (subscription.patternNumber === 0) this.begin(subscription);
    this.#marked = subscription.delivered;
    this.#lostBefore ||= this.#lostSince;
    this.#lostSince = false;
    if (this.trail !== undefined) this.trail.marked = subscription.place ?? this.trail.marked;
    if (this.trails === undefined) return;
    for (const [name, trail] of this.trails) {
      const cursor = subscription.cursors?.get(name);
      if (cursor !== undefined) subscription.renew(cursor);
      trail.marked = cursor?.offset ?? trail.at;
    }
  }

  confirm(subscription: TopicSubscription): void {
    this.confirmed = this.#marked;
    this.#lostBefore = false;
    this.trail?.confirm();
    if (this.trails === undefined) return;
    for (const [name, trail] of this.trails) {
      trail.confirm();
      if (trail.confirmed === trail.at && subscription.cursors?.has(name) !== true) this.trails.delete(name);
    }
  }

  /** It goes back: what was marked is not what it will have been given. */
  unmark(): void {
    this.#marked = this.confirmed;
    this.trail?.unmark();
    for (const trail of this.trails?.values() ?? []) trail.unmark();
  }

  /** Something of a topic of a pattern is going to be delivered, or will be later, from behind an offset on. */
  leaveTrail(topic: SubscribedTopic, offset: number): Trail | undefined {
    this.trails ??= new Map();
    const known = this.trails.get(topic.name);
    if (known !== undefined && known.epoch === topic.epoch) return known;
    if (known === undefined && this.trails.size >= this.#trailsMax) {
      this.#lostSince = true;
      return undefined;
    }
    const trail = new Trail(topic.epoch ?? '', offset);
    this.trails.set(topic.name, trail);
    return trail;
  }
}
