/**
 * What is in flight: messages published that not all of their subscribers have received. One array entry for each, and
 * one addition for each delivery.
 */
import type { DeliverySink } from './delivery-checker.js';
import { messageIndex } from './fanout-message.js';
import { type FanoutShape, noDeliveryFaults } from './fanout-order.js';

export class DeliveryWindow implements DeliverySink {
  readonly faults = noDeliveryFaults();
  firstFault: string | undefined;
  parsed = 0;
  /** Messages received, over all subscribers. */
  deliveries = 0;
  /** Messages published; the next one has this index. */
  published = 0;
  private oldest = 0;
  private readonly topics: number;
  private readonly subscribersOfEach: number;
  private readonly inFlight: number;
  /** Message → subscribers that have it; an index is used again when its message has been received by all. */
  private readonly received: Uint32Array;
  private readonly mask: number;

  constructor({ subscribers, topics }: FanoutShape, inFlight: number) {
    const size = 2 ** Math.ceil(Math.log2(inFlight + 1));
    this.topics = topics;
    this.subscribersOfEach = subscribers / topics;
    this.inFlight = inFlight;
    this.received = new Uint32Array(size);
    this.mask = size - 1;
  }

  /** Messages that may be published now: the slowest subscriber decides. */
  get room(): number {
    return this.inFlight - this.outstanding;
  }

  /** Messages that some subscriber has yet to receive. */
  get outstanding(): number {
    return this.published - this.oldest;
  }

  note(fault: string): void {
    this.firstFault ??= fault;
  }

  delivered(topic: number, offset: number): void {
    const index = messageIndex(topic, offset, this.topics);
    if (index < this.oldest || index >= this.published) {
      this.faults.wrong += 1;
      this.note(`message ${index} was delivered, while ${this.oldest} to ${this.published - 1} were in flight`);
      return;
    }
    this.deliveries += 1;
    const slot = index & this.mask;
    const count = (this.received[slot] ?? 0) + 1;
    this.received[slot] = count;
    if (count === this.subscribersOfEach && index === this.oldest) this.advance();
  }

  private advance(): void {
    while (this.oldest < this.published && this.received[this.oldest & this.mask] === this.subscribersOfEach) {
      this.received[this.oldest & this.mask] = 0;
      this.oldest += 1;
    }
  }
}
