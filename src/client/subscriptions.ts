/** The subscriptions that have not ended: opens them, again where they were lost, and hands them what comes. */
import type { ErrorFrame, GapFrame, MessageFrame, SubscribedFrame } from '../protocol/frames.js';
import { AbortWatch } from './abort-watch.js';
import type { Connection } from './connection.js';
import { cancelled, isTooLate } from './own-errors.js';
import { Retries } from './retries.js';
import type { Sender } from './sender.js';
import { SluiceError } from './sluice-error.js';
import type { Subscription } from './subscription.js';

export interface SubscriptionsParts {
  readonly connection: Pick<Connection, 'isOpen'>;
  readonly sender: Sender;
  readonly nextId: () => number;
}

export class Subscriptions {
  readonly #parts: SubscriptionsParts;
  readonly #open = new Map<number, Subscription>();
  /** Ids under which something is open at the gateway that is to end there. */
  readonly #left = new Set<number>();
  readonly #aborts = new AbortWatch();
  readonly #retries = new Retries<Subscription>((subscription) => this.#send(subscription));

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Opens one, as soon as there is a connection. */
  add(subscription: Subscription, signal: AbortSignal | undefined): void {
    if (signal?.aborted) {
      subscription.sink.failed(cancelled(signal, 'no'));
      return;
    }
    this.#open.set(subscription.id, subscription);
    if (signal !== undefined) {
      const onAbort = () => {
        this.close(subscription);
        subscription.sink.failed(cancelled(signal, 'no'), true);
      };
      subscription.release = this.#aborts.add(signal, onAbort);
    }
    this.#send(subscription);
  }

  opened(frame: SubscribedFrame): void {
    const subscription = this.#open.get(frame.id as number);
    if (subscription === undefined || subscription.isCancelled) return;
    subscription.attempts = 0;
    subscription.refusedAtMs = 0;
    const isThere = subscription.opened(frame);
    // Its reader may have left at what it was told.
    if (!isThere && !subscription.isCancelled && this.#open.has(subscription.id)) this.#openAgain(subscription);
  }

  message(frame: MessageFrame): void {
    const subscription = this.#open.get(frame.id as number);
    if (subscription?.isCancelled === false) subscription.message(frame);
  }

  gap(frame: GapFrame): void {
    const subscription = this.#open.get(frame.id as number);
    if (subscription?.isCancelled === false) subscription.gap(frame);
  }

  error(frame: ErrorFrame): void {
    const subscription = this.#open.get(frame.id as number);
    if (subscription === undefined) {
      this.#left.delete(frame.id as number);
      return;
    }
    const error = new SluiceError(frame);
    if (!subscription.isCancelled && this.#parts.sender.isHeldBack && isTooLate(error)) {
      // The next gateway is asked.
      subscription.sentAt = 0;
      subscription.attempts -= 1;
      return;
    }
    if (!subscription.isCancelled && this.#retries.allows(subscription, error)) {
      subscription.sentAt = 0;
      this.#retries.add(subscription, error);
      return;
    }
    this.#remove(subscription);
    if (!subscription.isCancelled) subscription.sink.failed(error);
  }

  pull(subscription: Subscription, max: number): void {
    if (subscription.sentAt > 0 && !subscription.isCancelled && this.#open.has(subscription.id)) {
      this.#parts.sender.frame({ op: 'pull', id: subscription.id, max });
    }
  }

  /** Its reader wants no more. */
  close(subscription: Subscription): void {
    if (subscription.isCancelled || !this.#open.has(subscription.id)) return;
    subscription.release?.();
    if (subscription.sentAt === 0) {
      this.#remove(subscription);
      return;
    }
    subscription.isCancelled = true;
    this.#parts.sender.frame({ op: 'cancel', id: subscription.id });
  }

  /** Ends all: as they should, or with an error. */
  endAll(error?: SluiceError): void {
    for (const subscription of [...this.#open.values()]) {
      if (subscription.isCancelled) continue;
      this.close(subscription);
      if (error === undefined) subscription.sink.end();
      else subscription.sink.failed(error);
    }
  }

  /** The session goes on: what opened or ended them goes again if it was lost, and so does what they may send. */
  resumed(received: number, repeatedFromMs: number): void {
    for (const id of this.#left) this.#parts.sender.frame({ op: 'cancel', id });
    for (const subscription of this.#inOrder()) {
      subscription.resumed(repeatedFromMs);
      const { id, sentAt, isCancelled, allowance } = subscription;
      if (sentAt > received) subscription.attempts -= 1;
      if (sentAt > received && isCancelled) this.#remove(subscription);
      else if (sentAt === 0 || sentAt > received) this.#sendUnlessRetried(subscription);
      else if (isCancelled) this.#parts.sender.frame({ op: 'cancel', id });
      else this.#parts.sender.frame({ op: 'pull', id, max: allowance.granted });
    }
  }

  /** A new session: all are opened again. */
  sessionLost(): void {
    this.#left.clear();
    for (const subscription of this.#inOrder()) {
      if (subscription.isCancelled) this.#remove(subscription);
      else this.#sendUnlessRetried(subscription);
    }
  }

  /** Under another id: the one it has is known to the gateway for something that is not wanted any more. */
  #openAgain(subscription: Subscription): void {
    this.#parts.sender.frame({ op: 'cancel', id: subscription.id });
    this.#left.add(subscription.id);
    this.#open.delete(subscription.id);
    subscription.id = this.#parts.nextId();
    this.#open.set(subscription.id, subscription);
    this.#send(subscription);
  }

  #inOrder(): Subscription[] {
    return [...this.#open.values()].sort((a, b) => a.sentAt - b.sentAt);
  }

  /** One that was refused has a time of its own. */
  #sendUnlessRetried(subscription: Subscription): void {
    if (!this.#retries.has(subscription)) this.#send(subscription);
  }

  #send(subscription: Subscription): void {
    subscription.sentAt = 0;
    // The next welcome sees to it.
    if (!this.#parts.connection.isOpen || this.#parts.sender.isHeldBack) return;
    this.#retries.remove(subscription);
    subscription.attempts += 1;
    this.#parts.sender.frame(subscription.opening());
    subscription.sentAt = this.#parts.sender.framesWithId;
  }

  #remove(subscription: Subscription): void {
    this.#retries.remove(subscription);
    this.#open.delete(subscription.id);
    subscription.release?.();
  }
}
