/** Calls of every kind in a random order that a seed repeats, and what has to have come of them when no fault is seen. */
import { expect } from 'vitest';
import type { CountedHandlers } from '../faults/counted-handlers.js';
import type { Call, PageReport } from './client-page.js';

/** How much of everything. */
export interface MixedSize {
  readonly requests: number;
  readonly emits: number;
  /** Of the topic, and as many of the pattern's topics. */
  readonly messages: number;
}

const keys = ['a', 'b', 'c', 'd', 'e'];
const topic = 'news';
const patternTopics = ['tick.a', 'tick.b', 'tick.c'];
const methods = ['request', 'emit', 'publish', 'publish'] as const;

/** The numbers from `first` to `last`. */
export const countTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

export class MixedCalls {
  /** In the order they were made. */
  readonly #calls: Call[] = [];
  readonly #random: () => number;
  readonly #counts = new Map<string, number>();

  /** @param random from 0 to 1, exclusive */
  constructor(random: () => number) {
    this.#random = random;
  }

  get requests(): number {
    return this.#count('request');
  }

  /** Messages of the topic. */
  get news(): number {
    return this.#count(topic);
  }

  /** Messages of the pattern's topics. */
  get ticks(): number {
    return patternTopics.reduce((all, name) => all + this.#count(name), 0);
  }

  /** So many more. */
  next({ requests, emits, messages }: MixedSize): readonly Call[] {
    const left = [requests, emits, messages, messages];
    const calls: Call[] = [];
    while (left.some((count) => count > 0)) {
      const kind = Math.floor(this.#random() * methods.length);
      if (left[kind] === 0) continue;
      left[kind] = (left[kind] as number) - 1;
      calls.push(this.#call(methods[kind] as Call[0], kind === 2 ? topic : this.#pick(patternTopics)));
    }
    this.#calls.push(...calls);
    return calls;
  }

  /** Everything was answered, done once, in its order, and without a hole. The topic was followed first, then the pattern. */
  expectUntouched({ outcomes, failures, topics }: PageReport, handlers: CountedHandlers): void {
    expect(failures).toEqual([]);
    expect(
      outcomes.map((outcome, i) => this.#amiss(this.#calls[i], outcome?.reply, outcome?.error)).filter(Boolean),
    ).toEqual([]);
    expect(outcomes).toHaveLength(this.#calls.length);
    expect([...handlers.requests].filter(([, runs]) => runs !== 1)).toEqual([]);
    expect(handlers.requests.size).toBe(this.requests);
    for (const key of keys) expect(handlers.emitted.get(key)).toEqual(countTo(this.#count(key) - 1, 0));
    expect(topics).toEqual([[topic], patternTopics].map((names) => this.#whole(names)));
  }

  #whole(names: readonly string[]): PageReport['topics'][number] {
    const numbers = Object.fromEntries(names.map((name) => [name, countTo(this.#count(name))]));
    return { numbers, gaps: [], problems: [] };
  }

  #amiss(call: Call | undefined, reply: unknown, error: unknown): string | undefined {
    const [method, , data] = call ?? [];
    const { n } = data as { readonly n: number };
    const got = reply as { readonly answerTo?: number; readonly offset?: number } | undefined;
    const isRight = method === 'request' ? got?.answerTo === n : method === 'publish' ? got?.offset === n : true;
    return error === undefined && isRight ? undefined : `${JSON.stringify({ call, reply, error })}`;
  }

  #call(method: Call[0], to: string): Call {
    if (method === 'request') {
      const ms = this.#random() < 0.5 ? 0 : Math.ceil(this.#random() * 20);
      const options = this.#random() < 0.3 ? { idem: true } : {};
      return [method, 'counted.request', { n: this.#add('request'), ms }, options];
    }
    if (method === 'publish') return [method, 'counted.publish', { n: this.#add(to), topic: to }, { key: to }];
    const key = this.#pick(keys);
    return [method, 'counted.emit', { key, sequence: this.#add(key) - 1 }, { key }];
  }

  #add(name: string): number {
    const count = this.#count(name) + 1;
    this.#counts.set(name, count);
    return count;
  }

  #count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  #pick(from: readonly string[]): string {
    return from[Math.floor(this.#random() * from.length)] as string;
  }
}
