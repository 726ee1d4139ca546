/* What a subscription brought: the numbers in its messages by topic, the gaps, and what is wrong with their order. */
export class Gathered {
  numbers = {};
  gaps = [];
  problems = [];
  count = 0;
  /* Topic → the last offset that came, or was told to be missing. */
  #offsets = new Map();

  async read(topic) {
    for await (const event of topic) {
      if (event.kind === 'gap') this.#gap(event);
      else this.#message(event);
    }
  }

  #gap(gap) {
    this.gaps.push(gap);
    if (gap.reason === 'reset') this.#offsets.delete(gap.topic);
    else if (gap.to > 0) this.#offsets.set(gap.topic, gap.to);
    else this.#offsets.clear();
  }

  #message({ topic, offset, data }) {
    const before = this.#offsets.get(topic);
    if (before !== undefined && offset !== before + 1) {
      this.problems.push(`expected offset ${before + 1} of ${topic}, got ${offset}`);
    }
    this.#offsets.set(topic, offset);
    this.numbers[topic] ??= [];
    this.numbers[topic].push(data.n);
    this.count += 1;
  }
}
