/**
 * A client of server-sent events that posts one event or follows a topic, reads the stream as it comes, and can stop
 * reading.
 */
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';

export interface SseEvent {
  readonly event: string;
  readonly id: string | undefined;
  /** Parsed from JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

export class SseClient {
  readonly events: SseEvent[] = [];
  /** Blocks that are only a comment. */
  comments = 0;
  /** The answer has come to its end, or was cut. */
  isEnded = false;
  readonly response: IncomingMessage;
  readonly #request: ClientRequest;
  #text = '';
  #changed: () => void = () => undefined;

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.response = response;
    response.setEncoding('utf8').on('data', (text: string) => this.#received(text));
    for (const event of ['end', 'close', 'error']) {
      response.on(event, () => {
        this.isEnded = true;
        this.#changed();
      });
    }
  }

  /** Posts the event; resolves with the head of the answer. */
  static open(port: number, event: unknown, accept = 'text/event-stream'): Promise<SseClient> {
    const headers = { 'content-type': 'application/json', accept };
    return SseClient.#send({ port, method: 'POST', path: '/v1/events', headers }, JSON.stringify(event));
  }

  /** Asks for the stream of a topic; `target` is its name, and may have a query. Resolves with the head of the answer. */
  static follow(port: number, target: string, headers: Readonly<Record<string, string>> = {}): Promise<SseClient> {
    return SseClient.#send({
      port,
      path: `/v1/topics/${target}`,
      headers: { accept: 'text/event-stream', ...headers },
    });
  }

  static #send(options: RequestOptions, body?: string): Promise<SseClient> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', agent: false, ...options });
      sent.on('response', (response) => resolve(new SseClient(sent, response)));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  named(event: string): SseEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  /** From here on nothing is read: the kernel's buffers fill up. */
  stopReading(): void {
    this.response.pause();
  }

  readOn(): void {
    this.response.resume();
  }

  /** Drops the connection. */
  destroy(): void {
    this.#request.destroy();
  }

  /** Waits until `look` is true; rejects when the answer ends first. */
  async until(look: () => boolean, withinMs = 10_000): Promise<void> {
    const endsAtMs = performance.now() + withinMs;
    while (!look()) {
      if (this.isEnded) throw new Error(`the answer ended after ${this.events.length} events`);
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0) throw new Error(`nothing came within ${withinMs} ms after ${this.events.length} events`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits for the end of the answer. */
  async ended(): Promise<void> {
    while (!this.isEnded) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  #received(text: string): void {
    const blocks = (this.#text + text).split('\n\n');
    this.#text = blocks.pop() as string;
    for (const block of blocks) {
      if (block.startsWith(':')) {
        this.comments += 1;
        continue;
      }
      const fields = new Map(
        block.split('\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
        }),
      );
      this.events.push({
        event: fields.get('event') ?? 'message',
        id: fields.get('id'),
        data: JSON.parse(fields.get('data') ?? 'null') as SseEvent['data'],
      });
    }
    this.#changed();
  }
}
