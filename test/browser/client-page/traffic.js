/* A client, everything that a test asks of it, and what came of it. The test decides; this does and keeps count. */
import { Gathered } from './gathered.js';

const { Sluice, SluiceMsgpack } = globalThis;
const encodings = { JSON: Sluice.jsonEncoding, MessagePack: SluiceMsgpack.msgpackEncoding };

/* What of an error can be looked at from outside of the page. */
function told(error) {
  const { code, started, retry, message } = error;
  return { isSluiceError: error instanceof Sluice.SluiceError, code, started, retry, message };
}

export class Traffic {
  #client;
  #states = [];
  #failures = [];
  /* Of each call, in the order they were made. */
  #outcomes = [];
  #streams = [];
  #topics = [];
  #unsettled = 0;
  #opened = 0;
  #mostQueued = 0;

  constructor({ encoding, ...options }) {
    if (encodings[encoding] === undefined) throw new TypeError(`expected JSON or MessagePack, got ${encoding}`);
    this.#client = Sluice.connect(location.origin, { ...options, encoding: encodings[encoding] });
    this.#client.state$.subscribe((state) => this.#states.push(state));
    this.#client.failures$.subscribe(({ type, key, error }) => this.#failures.push({ type, key, error: told(error) }));
  }

  async ready() {
    await this.#client.ready;
  }

  /* Makes calls, each a method of the client with its arguments, and waits for none of them. */
  send(calls) {
    for (const [method, ...args] of calls) this.#keep(this.#client[method](...args));
  }

  /* Reads a stream to its end. */
  read(type, data, options) {
    const stream = { items: [], outcome: undefined };
    this.#streams.push(stream);
    const reading = async () => {
      for await (const item of this.#client.stream(type, data, options)) stream.items.push(item);
    };
    this.#settles(reading(), (outcome) => {
      stream.outcome = outcome;
    });
  }

  /* Follows a topic, or a pattern, as long as there is a client. */
  follow(topic, options) {
    const gathered = new Gathered();
    this.#topics.push(gathered);
    const opened = () => {
      this.#opened += 1;
    };
    gathered.read(this.#client.subscribe(topic, { ...options, onOpen: opened })).catch((error) => {
      gathered.problems.push(`${topic} failed: ${error}`);
    });
  }

  /* Emits numbers, all of them now. */
  emitAll(type, { first, count, pad }) {
    for (let n = first; n < first + count; n += 1) this.#count(this.#client.emit(type, { n, pad }));
    return this.#client.usage;
  }

  /* Emits numbers, each when the one before has left, and looks how many wait. */
  async emitEach(type, { first, count, pad }) {
    for (let n = first; n < first + count; n += 1) {
      const left = this.#client.emit(type, { n, pad });
      this.#mostQueued = Math.max(this.#mostQueued, this.#client.usage.queued);
      await left;
    }
  }

  /* How far everything is, in few bytes. */
  progress() {
    return {
      state: this.#states.at(-1),
      connections: this.#states.filter(({ status }) => status === 'open').length,
      usage: this.#client.usage,
      unsettled: this.#unsettled,
      opened: this.#opened,
      mostQueued: this.#mostQueued,
      items: this.#streams.map(({ items }) => items.length),
      messages: this.#topics.map(({ count }) => count),
    };
  }

  /* All that came. */
  report() {
    const topics = this.#topics.map(({ numbers, gaps, problems }) => ({ numbers, gaps, problems }));
    return {
      states: this.#states,
      failures: this.#failures,
      outcomes: this.#outcomes,
      streams: this.#streams,
      topics,
    };
  }

  async close() {
    await this.#client.close();
  }

  #keep(promise) {
    const at = this.#outcomes.push(undefined) - 1;
    this.#settles(promise, (outcome) => {
      this.#outcomes[at] = outcome;
    });
  }

  #settles(promise, over) {
    this.#unsettled += 1;
    promise.then(
      (reply) => {
        this.#unsettled -= 1;
        over({ reply });
      },
      (error) => {
        this.#unsettled -= 1;
        over({ error: told(error) });
      },
    );
  }

  /* The same without an outcome, which would be what the heap holds in the end. */
  #count(promise) {
    this.#settles(promise, ({ error }) => {
      if (error !== undefined) this.#failures.push({ type: 'refused', error });
    });
  }
}
