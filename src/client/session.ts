/**
 * The client's end of a session: what each frame of the gateway does, and what becomes of all that is open when a
 * connection is lost, taken up again, or cannot be.
 */
import type { ServerFrame, WelcomeFrame } from '../protocol/frames.js';
import type { ConnectionState } from './api.js';
import type { Grant } from './attempt.js';
import { Connection } from './connection.js';
import { networkEvents } from './network-events.js';
import { Operations } from './operations.js';
import { OutboundQueue } from './outbound-queue.js';
import { Receipts } from './receipts.js';
import type { ResolvedOptions } from './resolved-options.js';
import { Sender } from './sender.js';
import type { SluiceError } from './sluice-error.js';
import { Subscriptions } from './subscriptions.js';
import { refreshToken } from './token.js';

export interface SessionParts {
  readonly options: ResolvedOptions;
  readonly onState: (state: ConnectionState) => void;
  /** An event or stream has ended. */
  readonly onEnd: () => void;
  readonly onStopped: (error: SluiceError) => void;
  /** Something the gateway said that belongs to nothing that is open. */
  readonly warn: (message: string) => void;
}

/** Added to the keep-alive, in milliseconds. */
const repeatMarginMs = 5000;

export class Session {
  readonly queue: OutboundQueue;
  readonly operations: Operations;
  readonly subscriptions: Subscriptions;
  readonly sender: Sender;
  readonly connection: Connection;
  readonly #parts: SessionParts;
  readonly #receipts = new Receipts((s) => this.sender.frame({ op: 'received', s }));
  #lastId = 0;
  /** When the last connection was closed, the gateway had answered all that had reached it. */
  #isAnswered = false;
  #lostAtMs = 0;
  /** How long before the loss of a connection messages may have come that come again. */
  #repeatMs = 0;
  #grant: { readonly session: string; readonly secret: string } | undefined = undefined;

  constructor(parts: SessionParts) {
    const { options } = parts;
    this.#parts = parts;
    this.queue = new OutboundQueue(options.queue);
    this.connection = new Connection({
      options,
      network: networkEvents(),
      grant: () => this.#takeUp(),
      onState: parts.onState,
      onWelcome: (welcome) => this.#welcomed(welcome),
      onFrame: (frame) => this.#frame(frame),
      onMessageEnd: () => this.sender.pump(),
      onLost: (isInOrder) => this.#lost(isInOrder),
      onStopped: parts.onStopped,
    });
    this.operations = new Operations({ queue: this.queue, sender: () => this.sender, onEnd: parts.onEnd });
    this.sender = new Sender({
      encoding: options.encoding,
      queue: this.queue,
      connection: this.connection,
      retrying: () => this.operations.retrying,
      onExpired: (operation) => this.operations.expired(operation),
      onTooLarge: (operation, bytes, bytesMax) => this.operations.tooLarge(operation, bytes, bytesMax),
    });
    this.subscriptions = new Subscriptions({
      connection: this.connection,
      sender: this.sender,
      nextId: () => this.nextId(),
    });
  }

  /** Every operation has its own, over all sessions. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Ends the session at the gateway. Resolves when that knows, or soon. */
  stop(error: SluiceError): Promise<void> {
    this.#receipts.close();
    this.sender.stop(error);
    return this.connection.stop();
  }

  #takeUp(): Grant | undefined {
    return this.#grant === undefined ? undefined : { ...this.#grant, received: this.#receipts.received };
  }

  #welcomed(welcome: WelcomeFrame): void {
    const { session, secret, resumed, credit, received, payloadBytesMax, keepAliveMs } = welcome;
    const { sender, operations, subscriptions } = this;
    this.#grant = secret === undefined ? undefined : { session, secret };
    sender.creditMax = credit;
    // The gateway hears nothing for so long at most, and repeats what it has not heard of.
    this.#repeatMs = keepAliveMs + repeatMarginMs;
    sender.payloadBytesMax = payloadBytesMax;
    if (resumed) {
      sender.framesWithId = received;
      this.#receipts.resumed();
      operations.resumed(received);
      subscriptions.resumed(received, this.#lostAtMs - this.#repeatMs);
    } else {
      sender.framesWithId = 0;
      sender.creditUsed = 0;
      this.#receipts.reset();
      operations.sessionLost(this.#isAnswered);
      subscriptions.sessionLost();
    }
  }

  #frame(frame: ServerFrame): void {
    const { s } = frame as { readonly s?: number };
    if (s === undefined) {
      this.#handle(frame);
      return;
    }
    const look = this.#receipts.look(s);
    if (look === 'missing') this.connection.restart(`expected the frame ${this.#receipts.received + 1}, got ${s}`);
    if (look !== 'next') return;
    this.#handle(frame);
    this.#receipts.took(s);
  }

  #handle(frame: ServerFrame): void {
    switch (frame.op) {
      case 'end':
        this.operations.end(frame);
        break;
      case 'item':
        this.operations.item(frame);
        break;
      case 'message':
        this.subscriptions.message(frame);
        break;
      case 'credit':
        this.sender.creditMax = frame.max;
        break;
      case 'error':
        if (frame.id === undefined) this.#parts.warn(`the gateway refused a frame: ${frame.code}: ${frame.message}`);
        else if (!this.operations.error(frame)) this.subscriptions.error(frame);
        break;
      case 'gap':
        if (frame.topic === undefined) this.operations.gap(frame);
        else this.subscriptions.gap(frame);
        break;
      case 'subscribed':
        this.subscriptions.opened(frame);
        break;
      case 'goaway':
        this.sender.isHeldBack = true;
        break;
      case 'expiring':
        refreshToken(this.#parts.options.token, (token) => this.sender.frame({ op: 'auth', token }), this.#parts.warn);
        break;
      case 'ping':
        this.sender.frame(frame.at === undefined ? { op: 'pong' } : { op: 'pong', at: frame.at });
        break;
      default:
        // An `ack` says what the outcome will say; a `pong` is a sign of life, and so is what a later gateway may say.
        break;
    }
  }

  #lost(isInOrder: boolean): void {
    this.#isAnswered = isInOrder;
    this.#lostAtMs = performance.now();
    this.#receipts.pause();
    this.sender.lost();
  }
}
