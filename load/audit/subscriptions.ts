/** The subscriptions of a client: where each of them is, what it may have, and how it is opened again. */
import type { Frame } from './audit-event.js';
import type { PublishedHeads } from './published-heads.js';
import { TopicCursor } from './topic-cursor.js';
import { topicMatches } from './topic-pattern.js';

export interface SubscribeOptions {
  /** A topic, or a pattern. At most one of those without credit is for the same topic. */
  readonly topic: string;
  /** Messages it may be ahead; none is without a limit. */
  readonly credit?: number;
  readonly overflow?: string;
  /** Credit is granted as messages come; otherwise only when the client says so, so that messages outrun it. */
  readonly isEager?: boolean;
}

interface OpenSubscription {
  readonly options: SubscribeOptions;
  /** Undefined until it is sent, in each session. */
  id: number | undefined;
  isLive: boolean;
  isEager: boolean;
  /** Messages it may be ahead; undefined without a limit. */
  credit: number | undefined;
  /** By topic. */
  cursors: Map<string, TopicCursor>;
  max: number;
  delivered: number;
}

export interface SubscriptionsParts {
  readonly nextId: () => number;
  readonly send: (frame: Frame) => void;
  /** {@link Subscriptions.pullDue} is to be called before long. */
  readonly pullSoon: () => void;
  readonly heads: PublishedHeads;
}

const creditMax = 65_536;
const noReport = (): void => undefined;

export class Subscriptions {
  /** How often one was told that what it missed is not known. */
  unrecovered = 0;
  readonly #parts: SubscriptionsParts;
  readonly #open = new Set<OpenSubscription>();

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  add(options: SubscribeOptions): void {
    const { credit, isEager = true } = options;
    const state = { id: undefined, isLive: false, isEager, credit, cursors: new Map(), max: 0, delivered: 0 };
    this.#open.add({ options, ...state });
  }

  /** Sends what has not been sent in this session, each from where it was. */
  openNew(): void {
    for (const one of this.#open) if (one.id === undefined) this.#subscribe(one);
  }

  /** The session is gone, and with it all that was open in it. */
  lost(): void {
    for (const one of this.#open) one.id = undefined;
  }

  cancel(topic: string): void {
    for (const one of this.#open) {
      if (one.options.topic === topic && one.id !== undefined) this.#parts.send({ op: 'cancel', id: one.id });
    }
  }

  grant(): void {
    for (const one of this.#open) if (!one.isEager) this.#pull(one);
  }

  grantAll(): void {
    for (const one of this.#open) {
      one.isEager = true;
      this.#pull(one);
    }
  }

  /** Grants what those that are granted as messages come have used up. */
  pullDue(): void {
    for (const one of this.#open) {
      const { credit } = one;
      if (credit !== undefined && one.isEager && one.delivered >= one.max - credit / 2) this.#pull(one);
    }
  }

  get areLive(): boolean {
    return [...this.#open].every(({ isLive }) => isLive);
  }

  get areCaughtUp(): boolean {
    return [...this.#open].every((one) => one.isLive && this.#isCaughtUp(one));
  }

  /** @returns whether it is about a subscription */
  frame(frame: Frame): boolean {
    const own = this.#of(frame);
    if (own === undefined) return frame.op === 'message' || frame.op === 'subscribed';
    if (frame.op === 'subscribed') this.#subscribed(own, frame);
    else if (frame.op === 'message') this.#message(own, frame);
    else if (frame.op === 'gap') this.#cursor(own, frame, Number(frame.from)).gap(frame);
    else if (frame.op === 'error' || frame.op === 'end') this.#ended(own, frame);
    return true;
  }

  #subscribe(one: OpenSubscription): void {
    const { topic, overflow } = one.options;
    const { credit } = one;
    const id = this.#parts.nextId();
    one.id = id;
    one.isLive = false;
    one.max = credit ?? 0;
    one.delivered = 0;
    const cursor = one.cursors.get(topic);
    const from = cursor === undefined ? undefined : { epoch: cursor.epoch, offset: cursor.position };
    if (cursor === undefined) one.cursors = new Map();
    this.#parts.send({
      op: 'subscribe',
      id,
      topic,
      ...(from === undefined ? {} : { from }),
      ...(credit === undefined ? {} : { credit }),
      ...(overflow === undefined ? {} : { overflow }),
    });
  }

  #subscribed(one: OpenSubscription, { epoch, offset, recovered }: Frame): void {
    one.isLive = true;
    if (recovered === false) this.unrecovered += 1;
    if (typeof epoch !== 'string' || typeof offset !== 'number') return;
    one.cursors.set(one.options.topic, new TopicCursor(epoch, offset, noReport));
  }

  #message(one: OpenSubscription, frame: Frame): void {
    const offset = Number(frame.offset);
    if (this.#cursor(one, frame, offset).message(offset)) one.delivered += 1;
    const { credit } = one;
    if (credit !== undefined && one.isEager && one.delivered >= one.max - credit / 2) this.#parts.pullSoon();
  }

  #pull(one: OpenSubscription): void {
    const { credit } = one;
    if (credit === undefined || one.id === undefined) return;
    one.max = one.delivered + credit;
    this.#parts.send({ op: 'pull', id: one.id, max: one.max });
  }

  /** One that could not keep up is opened again, and takes more; others were cancelled. */
  #ended(one: OpenSubscription, frame: Frame): void {
    one.isLive = false;
    if (frame.code !== 'resource_exhausted') this.#open.delete(one);
    else {
      if (one.credit !== undefined) one.credit = Math.min(one.credit * 2, creditMax);
      this.#subscribe(one);
    }
  }

  #cursor(one: OpenSubscription, frame: Frame, offset: number): TopicCursor {
    const topic = typeof frame.topic === 'string' ? frame.topic : one.options.topic;
    const known = one.cursors.get(topic);
    if (known !== undefined) return known;
    const cursor = new TopicCursor(undefined, offset - 1, noReport);
    one.cursors.set(topic, cursor);
    return cursor;
  }

  #of(frame: Frame): OpenSubscription | undefined {
    const { id } = frame;
    for (const one of this.#open) {
      if (id !== undefined ? one.id === id : this.#isUnmetered(one, frame)) return one;
    }
    return undefined;
  }

  #isUnmetered({ options }: OpenSubscription, { topic }: Frame): boolean {
    return options.credit === undefined && typeof topic === 'string' && topicMatches(options.topic, topic);
  }

  #isCaughtUp({ options, cursors }: OpenSubscription): boolean {
    for (const [topic, { epoch, offset }] of this.#parts.heads) {
      if (!topicMatches(options.topic, topic)) continue;
      const cursor = cursors.get(topic);
      if (cursor === undefined || cursor.position < offset) return false;
      if (cursor.epoch !== undefined && cursor.epoch !== epoch) return false;
    }
    return true;
  }
}
