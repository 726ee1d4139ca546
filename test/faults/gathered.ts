/** What a subscription brought: messages by topic, and what is wrong with their order. */
import type { TopicGap, TopicStream } from '../../src/client.js';

export class Gathered {
  /** Topic → the numbers in its messages, in the order they came. */
  readonly numbers = new Map<string, number[]>();
  readonly gaps: TopicGap[] = [];
  /** Messages out of their order, twice, or behind a hole that nothing told of. */
  readonly problems: string[] = [];
  /** Messages that came. */
  count = 0;
  /** Topic → the last offset that came, or was told to be missing. */
  readonly #offsets = new Map<string, number>();

  /** Reads it to its end. */
  async read(topic: TopicStream<unknown>): Promise<void> {
    for await (const event of topic) {
      if (event.kind === 'gap') this.#gap(event);
      else this.#message(event.topic, event.offset, (event.data as { readonly n: number }).n);
    }
  }

  #gap(gap: TopicGap): void {
    this.gaps.push(gap);
    if (gap.reason === 'reset') this.#offsets.delete(gap.topic);
    else if (gap.to > 0) this.#offsets.set(gap.topic, gap.to);
    else this.#offsets.clear();
  }

  #message(topic: string, offset: number, n: number): void {
    const before = this.#offsets.get(topic);
    if (before !== undefined && offset !== before + 1) {
      this.problems.push(`expected offset ${before + 1} of ${topic}, got ${offset}`);
    }
    this.#offsets.set(topic, offset);
    const numbers = this.numbers.get(topic) ?? [];
    this.numbers.set(topic, numbers);
    numbers.push(n);
    this.count += 1;
  }
}
