/**
 * Two clients with some of everything under way: requests, keyed emits, a stream, a topic, a pattern. It is told when to
 * do more of it, and what it says in the end has to be what no fault ever touched would say.
 */
import {
  type Client,
  type ConnectionState,
  type ConnectOptions,
  connect,
  type SluiceError,
  type TopicStream,
} from '../../src/client.js';
import { Gathered } from './gathered.js';

export interface MixedTrafficOptions {
  readonly url: string;
  readonly options: ConnectOptions;
  /** From 0 to 1, exclusive. */
  readonly random: () => number;
}

/** How much of everything. */
export interface TrafficSize {
  readonly requests: number;
  readonly emits: number;
  readonly messages: number;
}

const keys = ['a', 'b', 'c', 'd', 'e'];
const news = 'news';
const patternTopics = ['tick.a', 'tick.b', 'tick.c'];

export class MixedTraffic {
  /** Items of each stream that came, in their order. */
  readonly streams: number[][] = [];
  /** Every state either client was in. */
  readonly states: ConnectionState[] = [];
  /** Whatever was not as it should be. */
  readonly problems: string[] = [];
  readonly news: Gathered;
  readonly ticks: Gathered;
  /** Those that came later. */
  readonly joined: Gathered[] = [];
  /** Key → events emitted. */
  readonly emitted = new Map<string, number>();
  /** Topic → messages published. */
  readonly published = new Map<string, number>();
  requests = 0;
  answers = 0;
  /** Requests, and as many streams, that were given up. */
  abandoned = 0;
  /** Subscriptions that were opened: the two of the start, and more where a session was lost. */
  subscribed = 0;
  #settled = 0;
  readonly #random: () => number;
  /** Sends events and reads the stream. */
  readonly #worker: Client;
  /** Publishes and follows topics. */
  readonly #reader: Client;
  readonly #underWay: Promise<unknown>[] = [];

  constructor({ url, options, random }: MixedTrafficOptions) {
    this.#random = random;
    this.#worker = this.#client(url, options);
    this.#reader = this.#client(url, options);
    this.news = this.#follow(this.#reader.subscribe(news, { onOpen: () => this.#opened() }));
    this.ticks = this.#follow(this.#reader.subscribe('tick.*', { credit: 16, onOpen: () => this.#opened() }));
  }

  get clients(): readonly Client[] {
    return [this.#worker, this.#reader];
  }

  get areOpen(): boolean {
    return this.clients.every(({ state }) => state.status === 'open');
  }

  /** Continuities of all connections but the first of each client. */
  get continuities(): string[] {
    return this.states.flatMap((state) => (state.status === 'open' ? [state.continuity] : []));
  }

  /** Begins to read another stream. @returns its items, as they come */
  stream(items: number): readonly number[] {
    const came: number[] = [];
    this.streams.push(came);
    const read = async (): Promise<void> => {
      for await (const item of this.#worker.stream('counted.stream', { items })) came.push(item as number);
    };
    this.#underWay.push(this.#settles(read()));
    return came;
  }

  /** Sends so much more; nothing is waited for. */
  work({ requests, emits, messages }: TrafficSize): void {
    for (let i = 0; i < requests; i += 1) this.#request();
    for (let i = 0; i < emits; i += 1) this.#emit();
    for (let i = 0; i < messages; i += 1) {
      this.#publish(news);
      this.#publish(this.#pick(patternTopics));
    }
  }

  /** One more subscription to what is published all the while; it is live from here on. */
  join(): void {
    this.joined.push(this.#follow(this.#reader.subscribe(news)));
  }

  /** Begins a request and a stream that nobody wants any more a moment later. */
  abandon(): void {
    this.abandoned += 1;
    const controller = new AbortController();
    const data = { n: -this.abandoned, ms: 5 };
    const answer = this.#worker.request('counted.request', data, { signal: controller.signal }).catch((error) => {
      if ((error as SluiceError).code !== 'cancelled') throw error;
    });
    setTimeout(() => controller.abort(), this.#random() * 20);
    const read = async (): Promise<void> => {
      const last = Math.ceil(this.#random() * 100);
      for await (const item of this.#worker.stream('counted.endless')) if (item === last) break;
    };
    this.#underWay.push(this.#settles(answer), this.#settles(read()));
  }

  /** Everything sent has settled, nothing but the subscriptions is open, and every message has come. */
  get isDone(): boolean {
    const due = [...this.published.values()].reduce((all, one) => all + one, 0);
    if (this.#settled < this.#underWay.length || this.news.count + this.ticks.count < due) return false;
    const last = this.published.get(news);
    if (this.joined.some(({ numbers }) => numbers.get(news)?.at(-1) !== last)) return false;
    return this.#worker.usage.open === 0 && this.#reader.usage.open === 2 + this.joined.length;
  }

  /** What is not over, for the message of a test that fails. */
  get leftOver(): string {
    const usage = this.clients.map((client) => ({ ...client.usage, ...client.state }));
    const { requests, answers, news: topic, ticks } = this;
    const counts = {
      requests,
      answers,
      items: this.streams.map(({ length }) => length),
      news: topic.count,
      ticks: ticks.count,
    };
    return JSON.stringify({ ...counts, unsettled: this.#underWay.length - this.#settled, usage });
  }

  async close(): Promise<void> {
    for (const client of this.clients) await client.close();
  }

  #client(url: string, options: ConnectOptions): Client {
    const client = connect(url, options);
    client.state$.subscribe((state) => void this.states.push(state));
    client.failures$.subscribe(({ type, error }) => this.problems.push(`${type} failed: ${error.message}`));
    return client;
  }

  #opened(): void {
    this.subscribed += 1;
  }

  #follow(topic: TopicStream<unknown>): Gathered {
    const gathered = new Gathered();
    void gathered.read(topic).catch((error) => this.problems.push(`a subscription failed: ${String(error)}`));
    return gathered;
  }

  #request(): void {
    this.requests += 1;
    const n = this.requests;
    const ms = this.#random() < 0.5 ? 0 : Math.ceil(this.#random() * 20);
    const options = this.#random() < 0.3 ? { idem: true as const } : {};
    const answered = this.#worker.request('counted.request', { n, ms }, options).then((reply) => {
      this.answers += 1;
      const { answerTo } = reply as { readonly answerTo: number };
      if (answerTo !== n) this.problems.push(`expected the answer to ${n}, got that to ${answerTo}`);
    });
    this.#underWay.push(this.#settles(answered));
  }

  #emit(): void {
    const key = this.#pick(keys);
    const sequence = this.emitted.get(key) ?? 0;
    this.emitted.set(key, sequence + 1);
    this.#underWay.push(this.#settles(this.#worker.emit('counted.emit', { key, sequence }, { key })));
  }

  #publish(topic: string): void {
    const n = (this.published.get(topic) ?? 0) + 1;
    this.published.set(topic, n);
    const placed = this.#reader.publish('counted.publish', { n, topic }, { key: topic }).then(({ offset }) => {
      if (offset !== n) this.problems.push(`expected message ${n} of ${topic} at its offset, got ${offset}`);
    });
    this.#underWay.push(this.#settles(placed));
  }

  #settles(promise: Promise<unknown>): Promise<void> {
    return promise
      .catch((error) => void this.problems.push(String(error)))
      .finally(() => {
        this.#settled += 1;
      })
      .then(() => undefined);
  }

  #pick(from: readonly string[]): string {
    return from[Math.floor(this.#random() * from.length)] as string;
  }
}
