/** The one socket that publishes: events without an id, as many as the window has room for and the credit allows. */
import { benchCodec } from '../bench/bench-codec.js';
import { RawSocket } from '../client/raw-socket.js';
import type { DeliveryWindow } from './delivery-window.js';
import { fanoutDialects } from './fanout-dialect.js';
import type { FanoutOrder } from './fanout-order.js';

export class Publisher {
  isPublishing = false;
  private readonly order: FanoutOrder;
  private readonly window: DeliveryWindow;
  private socket: RawSocket | undefined;
  private creditMax: number;
  private welcomed: () => void = () => undefined;

  constructor(order: FanoutOrder, window: DeliveryWindow) {
    this.order = order;
    this.window = window;
    this.creditMax = fanoutDialects[order.dialect].greet === undefined ? Number.MAX_SAFE_INTEGER : 0;
  }

  /** Connects, and waits for credit where there is such a thing. */
  async open(): Promise<void> {
    const { port, dialect, encoding } = this.order;
    const { path, subprotocol, greet } = fanoutDialects[dialect];
    const welcome = new Promise<void>((resolve) => {
      this.welcomed = resolve;
    });
    this.socket = await RawSocket.open({
      port,
      path,
      subprotocol: subprotocol(encoding),
      onMessage: (bytes, start, end) => this.message(bytes.subarray(start, end)),
      onRead: () => this.fill(),
      onClose: (reason) => {
        this.window.faults.closed += 1;
        this.window.note(`the publisher was closed: ${reason}`);
        this.welcomed();
      },
    });
    if (greet === undefined) return;
    this.socket.send(greet(encoding));
    await welcome;
  }

  /** Publishes what there is room for. */
  fill(): void {
    const { window, order, socket } = this;
    const count = Math.min(window.room, this.creditMax - window.published);
    if (!this.isPublishing || count <= 0 || socket === undefined) return;
    const { publish } = fanoutDialects[order.dialect];
    const messages: Buffer[] = [];
    for (let at = 0; at < count; at += 1) {
      messages.push(publish(window.published, order.topics, order.encoding));
      window.published += 1;
    }
    socket.send(count === 1 && messages[0] !== undefined ? messages[0] : Buffer.concat(messages));
  }

  close(): void {
    this.socket?.destroy();
  }

  private message(bytes: Buffer): void {
    for (const frame of benchCodec(this.order.encoding).decode(bytes)) {
      if (frame.op === 'error') {
        this.window.faults.refused += 1;
        this.window.note(`a publication was refused: ${JSON.stringify(frame)}`);
      }
      if (frame.op === 'welcome') this.creditMax = Number(frame.credit);
      if (frame.op === 'credit') this.creditMax = Number(frame.max);
      if (frame.op === 'welcome') this.welcomed();
    }
  }
}
