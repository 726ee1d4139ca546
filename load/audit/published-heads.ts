/** Where each topic ends, as far as its publishers were told. */
export class PublishedHeads {
  readonly #heads = new Map<string, { readonly epoch: string; readonly offset: number }>();

  /** @param place the outcome of an event that published */
  confirmed(place: unknown): void {
    const { topic, epoch, offset } = (place ?? {}) as { topic?: unknown; epoch?: unknown; offset?: unknown };
    if (typeof topic !== 'string' || typeof epoch !== 'string' || typeof offset !== 'number') return;
    const known = this.#heads.get(topic);
    if (known === undefined || known.epoch !== epoch || known.offset < offset)
      this.#heads.set(topic, { epoch, offset });
  }

  /** All of them, by topic. */
  [Symbol.iterator](): IterableIterator<[string, { readonly epoch: string; readonly offset: number }]> {
    return this.#heads.entries();
  }
}
