/** One socket with one subscription, all of whose messages are checked. */
import { RawSocket } from '../client/raw-socket.js';
import { DeliveryChecker, type DeliverySink } from './delivery-checker.js';
import { fanoutDialects } from './fanout-dialect.js';
import { topicName } from './fanout-message.js';
import type { FanoutOrder } from './fanout-order.js';

export class Subscriber {
  private readonly order: FanoutOrder;
  private readonly topic: number;
  private readonly sink: DeliverySink;
  private readonly onRead: () => void;
  private socket: RawSocket | undefined;

  /** @param index its place among the subscribers. @param onRead what came in one read was checked */
  constructor(order: FanoutOrder, index: number, parts: { readonly sink: DeliverySink; readonly onRead: () => void }) {
    this.order = order;
    this.topic = index % order.topics;
    this.sink = parts.sink;
    this.onRead = parts.onRead;
  }

  /** Connects, and waits for the subscription to be open. @throws when it is refused */
  async open(): Promise<void> {
    const { port, dialect, encoding, topics } = this.order;
    const { path, subprotocol, subscribe } = fanoutDialects[dialect];
    const { topic, sink } = this;
    let close: (reason: string) => void = () => undefined;
    const subscribed = new Promise<void>((resolve, reject) => {
      const checker = new DeliveryChecker(sink, { encoding, topic, topics, onSubscribed: resolve });
      close = (reason) => {
        sink.faults.closed += 1;
        sink.note(`a subscriber was closed: ${reason}`);
        reject(new Error(`expected a subscription, got ${reason}`));
      };
      RawSocket.open({
        port,
        path,
        subprotocol: subprotocol(encoding),
        onOpen: (socket) => {
          this.socket = socket;
          socket.send(subscribe(topicName(topic), this.order));
        },
        onMessage: (bytes, start, end) => checker.message(bytes, start, end),
        onRead: this.onRead,
        onClose: (reason) => close(reason),
      }).catch(reject);
    });
    await subscribed;
  }

  close(): void {
    this.socket?.destroy();
  }
}
