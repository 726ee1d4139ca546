/**
 * A run over cuts: clients that lose their connections and come back, through a proxy that breaks them, to a gateway that
 * runs the handlers of an audited run. What is left of all promises is for the audit to say.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultProxy } from '../faults/fault-proxy.js';
import type { Faults } from '../faults/faults.js';
import { seededRandom } from '../faults/random.js';
import { PublishedHeads } from './published-heads.js';
import { ResumeClient } from './resume-client.js';
import { WireRun } from './wire-history.js';

export interface ResumeRunOptions {
  readonly seed: number;
  /** All clients go through it, to one gateway. */
  readonly proxy: FaultProxy;
}

/** How much of everything. */
export interface RunSize {
  /** Of the stream. */
  readonly items: number;
  readonly requests: number;
  readonly published: number;
  readonly cuts: number;
}

/** What happened to all clients. */
export interface ResumeCounts {
  /** Sessions that were taken up again, and of these those of the client without a frame. */
  readonly resumed: number;
  readonly idle: number;
  readonly notResumed: number;
  /** Events that were known when they were sent again. */
  readonly duplicates: number;
  /** Subscriptions that were told that what they missed is not known. */
  readonly unrecovered: number;
}

const topicCount = 3;
const keyCount = 7;
/** Items, and messages, a client may be ahead. */
const credit = 64;
const connectMs = 10_000;
/** Connections that are dead without a word are given up after twice that. */
const silenceMs = 300;

/** The clients of a run, and what they do. */
export class ResumeRun {
  readonly run = new WireRun();
  readonly #heads = new PublishedHeads();
  readonly #proxy: FaultProxy;
  readonly #random: () => number;
  readonly #stream: ResumeClient;
  readonly #requests: ResumeClient;
  readonly #publisher: ResumeClient;
  /** It never sends anything, so its session never has a frame. */
  readonly #idle: ResumeClient;
  readonly #subscribers: readonly ResumeClient[];
  readonly #all: readonly ResumeClient[];

  constructor({ seed, proxy }: ResumeRunOptions) {
    this.#proxy = proxy;
    this.#random = seededRandom(seed);
    const client = (batch: boolean): ResumeClient =>
      new ResumeClient({ port: proxy.port, run: this.run, heads: this.#heads, random: this.#random, batch, silenceMs });
    this.#stream = client(false);
    this.#requests = client(true);
    this.#publisher = client(false);
    this.#idle = client(false);
    this.#subscribers = [client(false), client(true), client(true), client(false)];
    this.#all = [this.#stream, this.#requests, this.#publisher, this.#idle, ...this.#subscribers];
  }

  get counts(): ResumeCounts {
    const sum = (of: (client: ResumeClient) => number): number => this.#all.reduce((all, one) => all + of(one), 0);
    return {
      resumed: sum(({ link }) => link.resumed),
      idle: this.#idle.link.resumed,
      notResumed: sum(({ link }) => link.notResumed),
      duplicates: sum(({ duplicates }) => duplicates),
      unrecovered: sum(({ unrecovered }) => unrecovered),
    };
  }

  /** Connects everybody, and opens all subscriptions. @returns false when that takes longer than 10 s */
  async open(): Promise<boolean> {
    const [plain, metered, slow, wide] = this.#subscribers as readonly [
      ResumeClient,
      ResumeClient,
      ResumeClient,
      ResumeClient,
    ];
    for (let i = 0; i < topicCount; i += 1) plain.subscribe({ topic: this.#topic(i) });
    metered.subscribe({ topic: this.#topic(0), credit });
    metered.subscribe({ topic: this.#topic(1), credit: 8, isEager: false });
    slow.subscribe({ topic: this.#topic(0), credit: 16, overflow: 'latest', isEager: false });
    slow.subscribe({ topic: this.#topic(1), credit: 8, overflow: 'drop', isEager: false });
    slow.subscribe({ topic: this.#topic(2), credit: 8, overflow: 'close', isEager: false });
    wide.subscribe({ topic: 'audit.>' });
    wide.subscribe({ topic: 'audit.*', credit });
    return this.#until(() => this.#all.every((client) => client.areSubscriptionsLive), connectMs);
  }

  /** Cuts every connection again and again under a stream, requests and messages. @returns whether all came to its end */
  async cuts({ items, requests, published, cuts }: RunSize, withinMs: number): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    const leftMs = (): number => endsAtMs - performance.now();
    const before = this.#stream.items;
    this.#stream.stream({ items, credit });
    for (let cut = 1; cut <= cuts; cut += 1) {
      const due = before + Math.floor((cut * items) / (cuts + 1));
      this.#work(share(requests, cut, cuts), share(published, cut, cuts));
      if (cut % 4 === 0) this.#grant();
      // The next cut comes when the stream has gone on, in every client wherever it is.
      if (!(await this.#until(() => this.#stream.items >= due, leftMs()))) return false;
      this.#proxy.cutAll();
      await this.#until(() => !this.#stream.link.isOpen, leftMs());
      if (!(await this.#until(() => this.#all.every(({ link }) => link.isOpen), leftMs()))) return false;
    }
    return this.finish(leftMs());
  }

  /** Some of everything while the network has faults, which are taken back when most of it had the time to come. */
  async fault(
    { faults, forMs }: { readonly faults: Faults; readonly forMs: number },
    size: Omit<RunSize, 'cuts'>,
    withinMs: number,
  ): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    this.#stream.stream({ items: size.items, credit });
    this.#work(size.requests / 2, size.published / 2);
    this.#proxy.setFaults(faults);
    this.#work(size.requests / 2, size.published / 2);
    await wait(forMs);
    this.#grant();
    this.#proxy.setFaults({});
    return this.finish(endsAtMs - performance.now());
  }

  /**
   * Much is answered while nobody can connect, more than a session may keep.
   * @param pad characters in each of the answers
   */
  async overrun(
    { requests, pad, awayMs }: { readonly requests: number; readonly pad: number; readonly awayMs: number },
    withinMs: number,
  ): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    const due = this.#requests.acks + requests;
    for (let i = 0; i < requests; i += 1) {
      this.#requests.request({ type: 'audit.free', ms: awayMs / 4, ack: true, pad: 'x'.repeat(pad) });
    }
    const before = this.#stream.items;
    this.#stream.stream({ items: 500, credit: 256 });
    await this.#until(() => this.#stream.items > before && this.#requests.acks >= due, connectMs);
    this.#proxy.setFaults({ refuseMs: awayMs });
    this.#proxy.cutAll();
    await wait(awayMs);
    this.#proxy.setFaults({});
    return this.finish(endsAtMs - performance.now());
  }

  /** Everything is under way while `restart` stops the gateway and starts it anew. */
  async restart(restart: () => Promise<void>, withinMs: number): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    const before = this.#stream.items;
    this.#stream.stream({ items: 2000, credit });
    this.#work(20, 20);
    await this.#until(() => this.#stream.items > before, connectMs);
    this.#work(20, 20);
    this.run.restarted();
    await restart();
    return this.finish(endsAtMs - performance.now());
  }

  /** Publishes once more to every topic, and waits until everything is answered and everybody is there. */
  async finish(withinMs: number): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    const leftMs = (): number => endsAtMs - performance.now();
    for (const client of this.#subscribers) client.grantAll();
    if (!(await this.#until(() => this.#all.every((client) => client.areSubscriptionsLive), leftMs()))) return false;
    for (let i = 0; i < topicCount; i += 1) this.#publisher.publish(this.#topic(i), 'last');
    return this.#until(() => this.#all.every((client) => client.isDone), leftMs());
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((client) => client.close()));
  }

  #topic(i: number): string {
    return `audit.topic-${i % topicCount}`;
  }

  #work(requests: number, published: number): void {
    for (let i = 0; i < requests; i += 1) {
      const isSlow = this.#random() < 0.3;
      this.#requests.request({ ack: this.#random() < 0.5, ...(isSlow ? { ms: Math.ceil(this.#random() * 20) } : {}) });
    }
    for (let i = 0; i < published; i += 1) {
      this.#publisher.publish(this.#topic(i), `key-${Math.floor(this.#random() * keyCount)}`);
    }
  }

  #grant(): void {
    for (const client of this.#subscribers) client.grant();
  }

  #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    return this.#stream.until(isSo, withinMs);
  }
}

/** The part of `all` that is due in one of `steps`, counted from 1, so that the parts add up. */
function share(all: number, step: number, steps: number): number {
  return Math.floor((all * step) / steps) - Math.floor((all * (step - 1)) / steps);
}
