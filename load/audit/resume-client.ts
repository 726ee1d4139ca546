/**
 * A client that does not lose its place: events, streams and subscriptions over connections that are cut. What is open in
 * a session that could not be resumed it sends again, events under their idempotency key, subscriptions from where they are.
 */
import type { AuditData, Frame } from './audit-event.js';
import { publishType } from './operation-rules.js';
import type { PublishedHeads } from './published-heads.js';
import { type LinkOwner, ResumeLink, type ResumeLinkOptions } from './resume-link.js';
import { type SubscribeOptions, Subscriptions } from './subscriptions.js';
import type { WireRun } from './wire-history.js';

export interface ResumeClientOptions extends Omit<ResumeLinkOptions, 'history'> {
  readonly run: WireRun;
  /** Where topics end, for all clients of a run. */
  readonly heads: PublishedHeads;
}

/** An event that has no outcome yet. */
interface OpenEvent {
  readonly n: number;
  readonly fields: Frame & { readonly data: AuditData };
  /** Items allowed; undefined for what is no stream. */
  max: number | undefined;
  items: number;
}

export interface RequestOptions {
  /** @default 'audit.free' */
  readonly type?: string;
  readonly ms?: number;
  readonly ack?: boolean;
  /** Characters carried along. */
  readonly pad?: string;
}

export interface StreamOptions {
  readonly items: number;
  /** Items it may be ahead. */
  readonly credit: number;
}

/** Room for more sessions than any run has, in an id that is still an exact number. */
const generationFactor = 2 ** 32;
const pullMs = 2;

export class ResumeClient implements LinkOwner {
  readonly link: ResumeLink;
  /** Items of all its streams that came. */
  items = 0;
  /** Outcomes that came. */
  outcomes = 0;
  /** Acknowledgements that came. */
  acks = 0;
  /** Of these, those that called an event a duplicate. */
  duplicates = 0;
  readonly #run: WireRun;
  readonly #heads: PublishedHeads;
  readonly #subscriptions: Subscriptions;
  /** By n. */
  readonly #open = new Map<number, OpenEvent>();
  /** Beyond the credit, in their order. */
  #waiting: OpenEvent[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #toPull = new Set<OpenEvent>();
  #pullTimer: NodeJS.Timeout | undefined = undefined;
  #generation = -1;
  #creditMax = 0;
  #sentCount = 0;

  /** Connects, and goes on connecting until it is closed. */
  constructor({ run, heads, ...link }: ResumeClientOptions) {
    this.#run = run;
    this.#heads = heads;
    this.#subscriptions = new Subscriptions({
      nextId: () => this.#idOf(run.nextN()),
      send: (frame) => this.link.send(frame),
      pullSoon: () => this.#pullSoon(),
      heads,
    });
    this.link = new ResumeLink({ ...link, history: run.addClient() }, this);
  }

  /** An event that answers with its data, and is sent again if need be. */
  request({ type = 'audit.free', ms, ack = false, pad }: RequestOptions = {}): void {
    const n = this.#run.nextN();
    const data = { n, key: -1, keySequence: 0, ...(ms === undefined ? {} : { ms }), ...(pad ? { pad } : {}) };
    this.#start(n, { op: 'event', type, data, idem: `idem-${n}`, ...(ack ? { ack } : {}) });
  }

  /** An event whose handler publishes to a topic. */
  publish(topic: string, messageKey?: string): void {
    const n = this.#run.nextN();
    const data = { n, key: -1, keySequence: 0, topic, ...(messageKey === undefined ? {} : { messageKey }) };
    this.#start(n, { op: 'event', type: publishType, data, idem: `idem-${n}` });
  }

  /** A stream. Without its session it ends, and another one is begun. */
  stream({ items, credit }: StreamOptions): void {
    const n = this.#run.nextN();
    const data = { n, key: -1, keySequence: 0, items };
    this.#start(n, { op: 'event', type: 'audit.stream', data, credit }, credit);
  }

  subscribe(options: SubscribeOptions): void {
    this.#subscriptions.add(options);
    if (this.link.isOpen) this.#subscriptions.openNew();
  }

  /** Ends the subscriptions to a topic or pattern. */
  unsubscribe(topic: string): void {
    this.#subscriptions.cancel(topic);
  }

  /** Lets the subscriptions that are granted by hand have as many messages again as they began with. */
  grant(): void {
    this.#subscriptions.grant();
  }

  /** From now on all subscriptions are granted what they take. */
  grantAll(): void {
    this.#subscriptions.grantAll();
  }

  /** Whether everything is answered, and every subscription is where its topics end. */
  get isDone(): boolean {
    return this.#open.size === 0 && this.link.isOpen && this.#subscriptions.areCaughtUp;
  }

  /** Subscriptions that were told that what they missed is not known. */
  get unrecovered(): number {
    return this.#subscriptions.unrecovered;
  }

  get areSubscriptionsLive(): boolean {
    return this.link.isOpen && this.#subscriptions.areLive;
  }

  /** Waits for a condition of the client. @returns false when the time is over, or the client closed for good */
  async until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    while (!isSo()) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0 || this.link.isOver) return false;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiters.delete(wake);
          resolve();
        };
        // Conditions may look at what other clients did.
        const timer = setTimeout(wake, Math.min(leftMs, 20));
        this.#waiters.add(wake);
      });
    }
    return true;
  }

  close(): Promise<void> {
    clearTimeout(this.#pullTimer);
    return this.link.close();
  }

  opened(isResumed: boolean, credit: number): void {
    this.#creditMax = credit;
    if (!isResumed) {
      this.#generation += 1;
      this.#sentCount = 0;
      this.#waiting = [...this.#open.values()].map((event) => this.#again(event));
      this.#subscriptions.lost();
    }
    this.#subscriptions.openNew();
    this.#flush();
  }

  changed(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  frame(frame: Frame): void {
    if (frame.op === 'credit') {
      this.#creditMax = Number(frame.max);
      this.#flush();
    } else if (this.#subscriptions.frame(frame)) return;
    else if (typeof frame.id === 'number') this.#answer(frame.id % generationFactor, frame);
  }

  #start(n: number, fields: OpenEvent['fields'], max?: number): void {
    const event = { n, fields, max, items: 0 };
    this.#open.set(n, event);
    this.#waiting.push(event);
    this.#flush();
  }

  /** What has a key is the same event; a stream that has none begins anew. */
  #again(event: OpenEvent): OpenEvent {
    if (event.fields.idem !== undefined) return event;
    this.#open.delete(event.n);
    const n = this.#run.nextN();
    const fields = { ...event.fields, data: { ...event.fields.data, n } };
    const max = event.max === undefined ? undefined : Number(event.fields.credit);
    const next = { n, fields, max, items: 0 };
    this.#open.set(n, next);
    return next;
  }

  #flush(): void {
    while (this.link.isOpen && this.#sentCount < this.#creditMax) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      this.#sentCount += 1;
      this.link.send({ ...event.fields, id: this.#idOf(event.n) });
    }
  }

  #answer(n: number, frame: Frame): void {
    const event = this.#open.get(n);
    if (event === undefined) return;
    if (frame.op === 'item') this.#item(event);
    else if (frame.op === 'ack') this.#ack(frame);
    else if (frame.op === 'end' || frame.op === 'error') {
      this.#open.delete(n);
      this.outcomes += 1;
      if (event.fields.type === publishType && frame.op === 'end') this.#heads.confirmed(frame.data);
    }
  }

  #ack(frame: Frame): void {
    this.acks += 1;
    if (frame.duplicate === true) this.duplicates += 1;
  }

  #item(event: OpenEvent): void {
    event.items += 1;
    this.items += 1;
    const credit = Number(event.fields.credit);
    if (event.max === undefined || event.items < event.max - credit / 2) return;
    this.#toPull.add(event);
    this.#pullSoon();
  }

  /** Not at once: a gateway that does not wait for credit is to be caught at it. */
  #pullSoon(): void {
    this.#pullTimer ??= setTimeout(() => {
      this.#pullTimer = undefined;
      for (const event of this.#toPull) this.#pull(event);
      this.#toPull.clear();
      this.#subscriptions.pullDue();
    }, pullMs);
  }

  #pull(event: OpenEvent): void {
    if (!this.#open.has(event.n)) return;
    event.max = event.items + Number(event.fields.credit);
    this.link.send({ op: 'pull', id: this.#idOf(event.n), max: event.max });
  }

  #idOf(n: number): number {
    return n + Math.max(0, this.#generation) * generationFactor;
  }
}
