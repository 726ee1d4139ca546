/** A plain client on the `ws` package: sends frames, gathers what comes, and waits for what it is asked to. */
import { once } from 'node:events';
import { Packr, Unpackr } from 'msgpackr';
import { WebSocket } from 'ws';

export type Frame = { readonly op: string; readonly [field: string]: unknown };

export interface TestClientOptions {
  readonly encoding?: 'json' | 'msgpack';
  /** Says `hello` with `batch: true`, so that arrays may come back. */
  readonly batch?: boolean;
  /** Says no `hello` at all. */
  readonly isSilent?: boolean;
}

const packr = new Packr({ useRecords: false, mapsAsObjects: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

export class TestClient {
  readonly frames: Frame[] = [];
  /** How many frames each message held. */
  readonly messageSizes: number[] = [];
  closed: { code: number; reason: string } | undefined = undefined;
  readonly socket: WebSocket;
  readonly #encoding: 'json' | 'msgpack';
  /** Those who wait for a change. */
  readonly #waiters = new Set<() => void>();

  private constructor(socket: WebSocket, encoding: 'json' | 'msgpack') {
    this.socket = socket;
    this.#encoding = encoding;
    socket.on('message', (data: Buffer) => this.#received(data));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#changed();
    });
    socket.on('error', () => undefined);
  }

  /** Connects and, unless silent, waits for `welcome`. */
  static async connect(port: number, options: TestClientOptions = {}): Promise<TestClient> {
    const encoding = options.encoding ?? 'json';
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/socket`, `sluice.v1.${encoding}`);
    const client = new TestClient(socket, encoding);
    await once(socket, 'open');
    if (options.isSilent) return client;
    client.send({ op: 'hello', ...(options.batch ? { batch: true } : {}) });
    await client.next((frame) => frame.op === 'welcome');
    return client;
  }

  /** Sends one frame, or several as one array. */
  send(frame: unknown): void {
    this.socket.send(this.#encoding === 'json' ? JSON.stringify(frame) : packr.pack(frame));
  }

  /** The last credit the gateway told. */
  get creditMax(): number {
    const told = this.frames.filter(({ op }) => op === 'credit' || op === 'welcome').at(-1);
    return (told?.op === 'welcome' ? told.credit : told?.max) as number;
  }

  framesOf(id: unknown): Frame[] {
    return this.frames.filter((frame) => frame.id === id);
  }

  /** The first frame, come or to come, that fits. Rejects when the socket closes first, or after `withinMs`. */
  next(fits: (frame: Frame) => boolean, withinMs = 10_000): Promise<Frame> {
    return this.until(() => this.frames.find(fits), withinMs);
  }

  /** The terminal frame of an operation. */
  outcome(id: unknown, withinMs = 10_000): Promise<Frame> {
    return this.next((frame) => frame.id === id && (frame.op === 'end' || frame.op === 'error'), withinMs);
  }

  /** Sends an event and waits for its terminal frame. */
  request(fields: { readonly id: unknown; readonly type: string; readonly [field: string]: unknown }): Promise<Frame> {
    this.send({ op: 'event', ...fields });
    return this.outcome(fields.id);
  }

  /** Waits until `look` gives something. */
  async until<T>(look: () => T | undefined, withinMs = 10_000): Promise<T> {
    const endsAtMs = performance.now() + withinMs;
    for (;;) {
      const seen = look();
      if (seen !== undefined) return seen;
      if (this.closed !== undefined) throw new Error(`closed with ${this.closed.code} ${this.closed.reason}`);
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0)
        throw new Error(`nothing came within ${withinMs} ms; last: ${JSON.stringify(this.frames.slice(-3))}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.#waiters.add(wake);
      });
    }
  }

  /** Waits for the close. */
  async untilClosed(withinMs = 10_000): Promise<{ code: number; reason: string }> {
    if (this.closed === undefined) await once(this.socket, 'close', { signal: AbortSignal.timeout(withinMs) });
    return this.closed as unknown as { code: number; reason: string };
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await this.untilClosed();
  }

  #changed(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  #received(data: Buffer): void {
    const message: unknown = this.#encoding === 'json' ? JSON.parse(data.toString()) : unpackr.unpack(data);
    const frames = (Array.isArray(message) ? message : [message]) as Frame[];
    this.messageSizes.push(frames.length);
    this.frames.push(...frames);
    this.#changed();
  }
}
