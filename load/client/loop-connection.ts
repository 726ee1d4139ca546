/** One connection of the closed loop: keeps its slots filled as far as credit allows, and accounts for every reply. */
import { inspect } from 'node:util';
import type { Talk } from './dialects/dialect.js';
import { dialectOf } from './dialects/dialects.js';
import type { EventBatch } from './event-batch.js';
import { idMax, idMin } from './id-field.js';
import { IdSlots } from './id-slots.js';
import type { Faults, LoadOrder } from './order.js';
import { RawSocket } from './raw-socket.js';
import type { ReplyChecker, ReplySink } from './reply-checker.js';

/** What the connections of one loop share. */
export interface LoopShared {
  readonly order: LoadOrder;
  readonly batch: EventBatch;
  readonly checker: ReplyChecker;
  readonly faults: Faults;
  /** Keeps the first fault in words. */
  note(fault: string): void;
  /** Replies that were right. */
  completed: number;
  /** A read was worked off: whoever may send should send. */
  refill(connection: LoopConnection): void;
}

export class LoopConnection implements ReplySink {
  readonly slots: IdSlots;
  private readonly shared: LoopShared;
  private readonly index: number;
  private readonly talk: Talk;
  private socket: RawSocket | undefined;
  private sent = 0;
  /** Events that may have been sent in all; not bounded where there is no credit. */
  private creditMax = 0;
  private welcomed: (() => void) | undefined;

  /** @param index its place among the connections of the loop */
  constructor(shared: LoopShared, index: number) {
    const { order, checker } = shared;
    this.shared = shared;
    this.index = index;
    this.slots = new IdSlots(order.inFlight, { index, of: order.connections });
    this.talk = dialectOf(order.dialect).talk({
      order,
      connection: index,
      send: (message) => this.socket?.send(message),
      ready: () => this.credit(Number.MAX_SAFE_INTEGER),
      content: (bytes, start, end) => checker.message(bytes, start, end, this),
      undecodable: (reason) => this.undecodable(reason),
    });
  }

  /** Connects, and waits until the server has said all it has to say before the first event. */
  async open(): Promise<void> {
    const { order, faults } = this.shared;
    const dialect = dialectOf(order.dialect);
    const welcome = new Promise<void>((resolve) => {
      this.welcomed = resolve;
    });
    await RawSocket.open({
      port: order.port,
      path: dialect.path,
      subprotocol: dialect.subprotocol(order.encoding),
      onOpen: (socket) => {
        this.socket = socket;
        this.talk.begin();
      },
      onMessage: (bytes, start, end) => this.talk.message(bytes, start, end),
      onRead: () => this.shared.refill(this),
      onClose: (reason) => {
        faults.closed += 1;
        this.shared.note(`a connection closed: ${reason}`);
        this.welcomed?.();
      },
    });
    await welcome;
  }

  /** Sends what slots and credit allow, at most `eventsMax`. @returns how many events were sent */
  fill(eventsMax: number): number {
    const { batch, order } = this.shared;
    const socket = this.socket;
    if (socket === undefined || !socket.isOpen) return 0;
    let sent = 0;
    for (;;) {
      const events = Math.min(this.slots.free, this.creditMax - this.sent, eventsMax - sent);
      const messages = Math.min(Math.floor(events / order.framesPerMessage), batch.messagesMax);
      if (messages <= 0) return sent;
      const isTaken = socket.send(batch.write(messages, this.slots, this.index));
      if (!isTaken) batch.renew();
      this.sent += messages * order.framesPerMessage;
      sent += messages * order.framesPerMessage;
    }
  }

  close(): void {
    this.socket?.destroy();
  }

  finished(id: number): void {
    if (this.slots.finish(id)) {
      this.shared.completed += 1;
      return;
    }
    this.shared.faults.unexpected += 1;
    this.shared.note(`an answer to id ${id}, which was not open`);
  }

  wrong(id: number, got: unknown): void {
    const isOpen = id >= idMin && id <= idMax && this.slots.finish(id);
    if (isOpen) this.shared.faults.wrong += 1;
    else this.shared.faults.unexpected += 1;
    this.shared.note(`id ${id} answered with ${inWords(got)}`);
  }

  refused(id: number | undefined, frame: unknown): void {
    this.shared.faults.refused += 1;
    if (id !== undefined) this.slots.finish(id);
    this.shared.note(`refused: ${inWords(frame)}`);
  }

  acknowledged(): void {
    this.shared.note('an ack that was not asked for');
    this.shared.faults.unexpected += 1;
  }

  credit(max: number): void {
    this.creditMax = max;
    this.welcomed?.();
    this.welcomed = undefined;
  }

  undecodable(reason: string): void {
    this.shared.faults.undecodable += 1;
    this.shared.note(reason);
  }
}

/** Any decoded value on one line, cut to a readable length. */
function inWords(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY }).slice(0, 300);
}
