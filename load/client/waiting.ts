/**
 * Fills a queue before a measurement: events for a route whose handler never ends, spread over sessions of their own.
 * Each asks for an `ack`, so that all are known to wait before the first measured event is sent.
 */
import { frameMessage, helloMessage, subprotocol } from './hello.js';
import type { LoadOrder, WaitingOrder } from './order.js';
import { openAll } from './open-all.js';
import { RawSocket } from './raw-socket.js';

const acceptedWithinMs = 30_000;

interface Progress {
  accepted: number;
  failure: string | undefined;
  done: () => void;
}

/** Resolves, once every event is accepted, to a function that ends the sessions. @throws when one is refused */
export async function holdWaiting(order: LoadOrder, waiting: WaitingOrder): Promise<() => void> {
  const progress: Progress = { accepted: 0, failure: undefined, done: () => undefined };
  const finished = new Promise<void>((resolve) => {
    progress.done = () => {
      if (progress.failure !== undefined || progress.accepted === waiting.events) resolve();
    };
  });
  const sessions = Array.from({ length: waiting.connections }, (_, index) => {
    const share = Math.floor((waiting.events * (index + 1)) / waiting.connections);
    const before = Math.floor((waiting.events * index) / waiting.connections);
    return new WaitingSession({ port: order.port, type: waiting.type, events: share - before, progress });
  });
  await openAll(sessions);
  const timer = setTimeout(() => {
    progress.failure ??= `${progress.accepted} of ${waiting.events} accepted in ${acceptedWithinMs} ms`;
    progress.done();
  }, acceptedWithinMs);
  progress.done();
  await finished;
  clearTimeout(timer);
  if (progress.failure !== undefined) throw new Error(`expected all waiting events accepted: ${progress.failure}`);
  return () => {
    for (const session of sessions) session.close();
  };
}

interface SessionOptions {
  readonly port: number;
  readonly type: string;
  readonly events: number;
  readonly progress: Progress;
}

class WaitingSession {
  private readonly options: SessionOptions;
  private socket: RawSocket | undefined;
  private sent = 0;

  constructor(options: SessionOptions) {
    this.options = options;
  }

  async open(): Promise<void> {
    this.socket = await RawSocket.open({
      port: this.options.port,
      subprotocol: subprotocol('json'),
      onMessage: (bytes, start, end) => this.take(JSON.parse(bytes.toString('utf8', start, end))),
      onRead: () => this.options.progress.done(),
      onClose: (reason) => this.fail(`a session closed: ${reason}`),
    });
    this.socket.send(helloMessage('json', false));
  }

  close(): void {
    this.socket?.destroy();
  }

  private take(frame: { readonly op: string; readonly credit?: number; readonly max?: number }): void {
    if (frame.op === 'welcome') this.send(frame.credit ?? 0);
    else if (frame.op === 'credit') this.send(frame.max ?? 0);
    else if (frame.op === 'ack') this.options.progress.accepted += 1;
    else if (frame.op !== 'ping') this.fail(JSON.stringify(frame));
  }

  private send(creditMax: number): void {
    const { events, type } = this.options;
    for (; this.sent < Math.min(events, creditMax); this.sent += 1) {
      this.socket?.send(frameMessage('json', { op: 'event', id: this.sent, type, data: {}, ack: true }));
    }
  }

  private fail(reason: string): void {
    this.options.progress.failure ??= reason;
    this.options.progress.done();
  }
}
