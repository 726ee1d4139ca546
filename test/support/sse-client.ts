/** A client of server-sent events that posts one event, reads the stream as it comes, and can stop reading. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface SseEvent {
  readonly event: string;
  readonly id: string | undefined;
  /** Parsed from JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

export class SseClient {
  readonly events: SseEvent[] = [];
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
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', accept };
      const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/events', headers, agent: false });
      sent.on('response', (response) => resolve(new SseClient(sent, response)));
      sent.on('error', reject);
      sent.end(JSON.stringify(event));
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
