/** A sender on a connection that only writes down, with the operations and subscriptions that use it. */
import { jsonEncoding } from '../../src/client/json-encoding.js';
import type { Operation } from '../../src/client/operation.js';
import { Operations } from '../../src/client/operations.js';
import { OutboundQueue } from '../../src/client/outbound-queue.js';
import { Sender } from '../../src/client/sender.js';
import { Subscriptions } from '../../src/client/subscriptions.js';
import { type SentFrame, turn } from './fake-sockets.js';

/** Its parts may be set as a test wants them. */
export class SenderRig {
  readonly connection = {
    isOpen: true,
    bufferedBytes: 0,
    send: (message: string | Uint8Array): void => {
      this.sizes.push(jsonEncoding.byteLength(message));
      const decoded = jsonEncoding.decode(message) as SentFrame | SentFrame[];
      this.messages.push(Array.isArray(decoded) ? decoded : [decoded]);
    },
  };
  readonly messages: SentFrame[][] = [];
  /** Bytes of each message. */
  readonly sizes: number[] = [];
  readonly queue: OutboundQueue;
  readonly sender: Sender;
  readonly operations: Operations;
  readonly subscriptions: Subscriptions;
  /** Of the ids subscriptions ask for. */
  lastId = 1000;
  /** How often it was told that one has ended. */
  ended = 0;

  constructor({ credit = 100, payloadBytesMax = 65_536, items = 1000, bytes = 1_000_000 } = {}) {
    this.queue = new OutboundQueue({ items, bytes });
    this.operations = new Operations({
      queue: this.queue,
      sender: () => this.sender,
      onEnd: () => {
        this.ended += 1;
      },
    });
    this.sender = new Sender({
      encoding: jsonEncoding,
      queue: this.queue,
      connection: this.connection,
      retrying: () => this.operations.retrying,
      onExpired: (operation) => this.operations.expired(operation),
      onTooLarge: (operation, bytes, bytesMax) => this.operations.tooLarge(operation, bytes, bytesMax),
    });
    this.sender.creditMax = credit;
    this.sender.payloadBytesMax = payloadBytesMax;
    this.subscriptions = new Subscriptions({
      connection: this.connection,
      sender: this.sender,
      nextId: () => {
        this.lastId += 1;
        return this.lastId;
      },
    });
  }

  /** Takes events in, without signals. */
  add(...operations: Operation[]): void {
    for (const operation of operations) this.operations.add(operation, undefined);
  }

  /** The messages of this turn. */
  async sent(): Promise<SentFrame[][]> {
    await turn();
    return this.messages.splice(0);
  }

  /** What each frame of this turn says: its `op` and `id`. */
  async brief(): Promise<string[]> {
    return (await this.sent()).flat().map(({ op, id }) => `${op} ${id}`);
  }

  lose(): void {
    this.connection.isOpen = false;
    this.sender.lost();
  }

  /** The session goes on: the gateway had received so many frames with an id. */
  resume(received: number, credit = this.sender.creditMax): void {
    this.connection.isOpen = true;
    this.sender.creditMax = credit;
    this.sender.framesWithId = received;
    this.operations.resumed(received);
    this.subscriptions.resumed(received, 0);
    this.sender.pump();
  }

  /** A new session. @param isAnswered whether the gateway had answered all that had reached it */
  beginAnew(credit = 100, isAnswered = false): void {
    this.connection.isOpen = true;
    this.sender.creditMax = credit;
    this.sender.framesWithId = 0;
    this.sender.creditUsed = 0;
    this.operations.sessionLost(isAnswered);
    this.subscriptions.sessionLost();
    this.sender.pump();
  }
}
