/** A small client in JSON that obeys credit, and writes all it sends and sees into a ledger. */
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { WebSocket } from 'ws';
import type { Frame } from './audit-event.js';
import type { ClientLedger } from './client-ledger.js';
import type { MixedEvent } from './self-test-mix.js';

export interface AuditClientOptions {
  readonly port: number;
  /** Unique in the run. */
  readonly connection: number;
  readonly ledger: ClientLedger;
}

/** Items a stream may send beyond the last that came. */
const itemsAhead = 4;
const connectMs = 5000;

export class AuditClient {
  readonly #socket: WebSocket;
  readonly #connection: number;
  readonly #ledger: ClientLedger;
  /** Events the credit did not allow yet, in their order. */
  readonly #waiting: MixedEvent[] = [];
  /** What was sent, by `n`: answers are compared with it. */
  readonly #sent = new Map<number, MixedEvent>();
  readonly #open = new Set<number>();
  /** Items allowed, by the `n` of the stream. */
  readonly #allowed = new Map<number, number>();
  readonly #waiters = new Set<() => void>();
  #creditMax = 0;
  #sentCount = 0;
  #pongAt = 0;
  #pingAt = 0;
  #isClosing = false;

  private constructor(socket: WebSocket, { connection, ledger }: AuditClientOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#ledger = ledger;
    socket.on('message', (message) => this.#message(String(message)));
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      if (!this.#isClosing) ledger.connectionLost(connection, code);
      this.#changed();
    });
  }

  /** Connects, says hello, and waits for the welcome. Rejects when that takes longer than 5 s. */
  static async connect(options: AuditClientOptions): Promise<AuditClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${options.port}/v1/socket`, 'sluice.v1.json');
    const client = new AuditClient(socket, options);
    await once(socket, 'open', { signal: AbortSignal.timeout(connectMs) });
    socket.send(JSON.stringify({ op: 'hello' }));
    if (await client.#until(() => client.#creditMax > 0, connectMs)) return client;
    socket.terminate();
    throw new Error(`expected a welcome from port ${options.port} within ${connectMs} ms, got none`);
  }

  /** At once, or as soon as there is credit. */
  send(event: MixedEvent): void {
    this.#waiting.push(event);
    this.#flush();
  }

  /** Waits until all with an id is answered. @returns false when the time is over or the connection is gone */
  untilAnswered(withinMs: number): Promise<boolean> {
    return this.#until(() => this.#open.size === 0 && this.#waiting.length === 0, withinMs);
  }

  /** Pings once all has been sent, and waits for the pong. @returns false when the time is over or the connection is gone */
  async untilPong(withinMs: number): Promise<boolean> {
    if (!(await this.#until(() => this.#waiting.length === 0, withinMs))) return false;
    this.#pingAt += 1;
    this.#socket.send(JSON.stringify({ op: 'ping', at: this.#pingAt }));
    return this.#until(() => this.#pongAt === this.#pingAt, withinMs);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#socket.close();
    if (!(await this.#until(() => this.#socket.readyState === WebSocket.CLOSED, connectMs))) this.#socket.terminate();
  }

  #flush(): void {
    while (this.#sentCount < this.#creditMax) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      this.#sentCount += 1;
      this.#ledger.sent(event.n, event.sent);
      this.#sent.set(event.n, event);
      if (event.sent.withId) this.#open.add(event.n);
      if (typeof event.frame.credit === 'number') this.#allowed.set(event.n, event.frame.credit);
      this.#socket.send(JSON.stringify(event.frame));
    }
  }

  #message(text: string): void {
    const message = JSON.parse(text) as Frame | readonly Frame[];
    for (const frame of [message].flat()) this.#frame(frame as Frame);
    this.#changed();
  }

  #frame(frame: Frame): void {
    const { op } = frame;
    if (op === 'welcome' || op === 'credit') {
      this.#creditMax = Number(op === 'welcome' ? frame.credit : frame.max);
      this.#flush();
    } else if (op === 'pong') this.#pongAt = Number(frame.at);
    else if (op === 'error' && frame.id === undefined) this.#refused(frame);
    else this.#answer(frame);
  }

  #answer(frame: Frame): void {
    const event = this.#sent.get(frame.id as number);
    if (event === undefined) {
      this.#foreign(frame, 'answers to what it sent');
      return;
    }
    const { n } = event;
    if (frame.op === 'ack') this.#ledger.ack(n);
    else if (frame.op === 'item') this.#item(n, frame);
    else if (frame.op === 'gap') this.#ledger.gap(n, Number(frame.from), Number(frame.to), Number(frame.count));
    else if (frame.op === 'end') this.#end(event, frame);
    else if (frame.op === 'error') {
      this.#open.delete(n);
      this.#ledger.error(n, String(frame.code), frame.reason as string | undefined, String(frame.started));
    } else this.#foreign(frame, 'frames of the protocol');
  }

  #item(n: number, frame: Frame): void {
    const number = Number(frame.n);
    this.#ledger.item(n, number);
    if (!isDeepStrictEqual(frame.data, { n, item: number })) this.#foreign(frame, `item ${number} of n ${n}`);
    // Early, and by the number: a server that leaves an item out is to come to its end all the same.
    const allowed = this.#allowed.get(n) ?? 0;
    if (number < allowed - 1) return;
    this.#allowed.set(n, allowed + itemsAhead);
    this.#socket.send(JSON.stringify({ op: 'pull', id: n, max: allowed + itemsAhead }));
  }

  #end({ n, sent, frame: { data } }: MixedEvent, frame: Frame): void {
    this.#open.delete(n);
    const isStream = typeof frame.n === 'number';
    if (isStream) this.#ledger.streamEnd(n, frame.n as number);
    else this.#ledger.end(n);
    const expected = (sent.items ?? -1) < 0 ? data : undefined;
    if (!isDeepStrictEqual(frame.data, expected)) this.#foreign(frame, `the data of n ${n}`);
  }

  #refused(frame: Frame): void {
    const refused = (frame.details as { readonly refused?: unknown } | undefined)?.refused;
    if (typeof refused === 'number') this.#ledger.refusedWithoutId(refused);
    else this.#foreign(frame, 'errors with an id');
  }

  #foreign(frame: Frame, expected: string): void {
    const got = JSON.stringify(frame).slice(0, 200);
    this.#ledger.foreign(`connection ${this.#connection}: expected ${expected}, got ${got}`);
  }

  #changed(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  async #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const endsAtMs = performance.now() + withinMs;
    while (!isSo()) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0 || this.#socket.readyState === WebSocket.CLOSED) return false;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.#waiters.add(wake);
      });
    }
    return true;
  }
}
