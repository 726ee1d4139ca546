/**
 * The events that have not ended: takes them in, hands them to the sender, brings what comes back to those who wait,
 * and ends them when their time, their signal or the session says so.
 */
import type { EndFrame, ErrorFrame, GapFrame, ItemFrame } from '../protocol/frames.js';
import { AbortWatch } from './abort-watch.js';
import { Deadlines } from './deadlines.js';
import type { Operation } from './operation.js';
import type { OutboundQueue } from './outbound-queue.js';
import { cancelled, isTooLate, noRoom, overdue, sessionLost, tooLarge, type Why } from './own-errors.js';
import { Retries } from './retries.js';
import type { Sender } from './sender.js';
import { SluiceError } from './sluice-error.js';

export interface OperationsParts {
  readonly queue: OutboundQueue;
  readonly sender: () => Sender;
  /** One has ended, and whoever waited for it knows. */
  readonly onEnd: () => void;
}

/** Milliseconds the gateway has to say that the time of an event is over before the client says so. */
const deadlineGraceMs = 1000;

export class Operations {
  readonly #parts: OperationsParts;
  readonly #open = new Map<number, Operation>();
  readonly #deadlines = new Deadlines((operation) => this.#overdue(operation));
  readonly #retries = new Retries<Operation>((operation) => {
    this.#parts.queue.takeBack(operation);
    this.#parts.queue.push(operation);
    this.#parts.sender().pump();
  });
  readonly #aborts = new AbortWatch();
  /** Those somebody waits for. */
  #awaited = 0;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  /** All that the gateway may still answer. */
  get size(): number {
    return this.#open.size;
  }

  get awaited(): number {
    return this.#awaited;
  }

  get retrying(): number {
    return this.#retries.size;
  }

  /** Takes one in; it leaves at once if it may. @returns why it cannot be taken */
  add(operation: Operation, signal: AbortSignal | undefined): SluiceError | undefined {
    const { queue } = this.#parts;
    const sender = this.#parts.sender();
    if (signal?.aborted) return cancelled(signal, 'no');
    const leavesNow = sender.canLeaveNow(operation);
    if (!leavesNow && !queue.hasRoomFor(operation.bytes)) return noRoom(operation, queue);
    this.#open.set(operation.id, operation);
    this.#awaited += 1;
    if (signal !== undefined) this.#listen(operation, signal);
    if (operation.deadlineAtMs > 0) this.#deadlines.add(operation);
    if (leavesNow) sender.leave(operation);
    else queue.push(operation);
    return undefined;
  }

  item({ id, n, data, key }: ItemFrame): void {
    const operation = this.#wanted(id);
    if (operation === undefined) return;
    operation.hasItems = true;
    operation.receiver.item(n, data, key);
  }

  gap({ id, from, to, count, reason }: GapFrame): void {
    this.#wanted(id)?.receiver.gap(from, to, count, reason as 'dropped' | 'conflated');
  }

  end({ id, data, n }: EndFrame): void {
    const operation = this.#open.get(id as number);
    if (operation === undefined) return;
    this.#forget(operation);
    if (!operation.isCancelled) operation.receiver.end(data, n);
    this.#parts.onEnd();
  }

  /** @returns false when it is none of these that has failed */
  error(frame: ErrorFrame): boolean {
    const operation = this.#open.get(frame.id as number);
    if (operation === undefined) return false;
    const error = new SluiceError(frame);
    if (operation.isCancelled) this.fail(operation, error);
    else if (this.#parts.sender().isHeldBack && isTooLate(error)) this.#sendAgain([operation]);
    else if (this.#retries.allows(operation, error)) this.#retryLater(operation, error);
    // What it said is of now: another session may have begun it.
    else this.fail(operation, operation.mayHaveBegun ? new SluiceError({ ...frame, started: 'maybe' }) : error);
    return true;
  }

  /** The reader of a stream allows so many items in all. */
  pull(operation: Operation, max: number): void {
    if (max <= operation.allowed) return;
    operation.allowed = max;
    if (operation.sentAt > 0 && this.#wanted(operation.id) !== undefined) {
      this.#parts.sender().frame({ op: 'pull', id: operation.id, max });
    }
  }

  /**
   * Nobody waits for it any more: it leaves the queue, or is cancelled at the gateway, whose answer is not waited for.
   */
  cancel(operation: Operation, why: Why): void {
    if (this.#wanted(operation.id) === undefined) return;
    if (operation.sentAt === 0) {
      this.fail(operation, why(operation.started));
      // Others may have waited behind it.
      this.#parts.sender().pump();
      return;
    }
    operation.isCancelled = true;
    this.#awaited -= 1;
    this.#release(operation);
    this.#parts.sender().frame({ op: 'cancel', id: operation.id });
    operation.receiver.failed(why('maybe'), true);
    this.#parts.onEnd();
  }

  /** Ends it with this error. */
  fail(operation: Operation, error: SluiceError): void {
    if (!this.#open.has(operation.id)) return;
    const { queue } = this.#parts;
    if (this.#retries.remove(operation)) queue.takeBack(operation);
    else if (queue.has(operation)) queue.remove(operation);
    this.#forget(operation);
    if (!operation.isCancelled) operation.receiver.failed(error);
    this.#parts.onEnd();
  }

  /** The sender found that its time is over. It is out of the queue. */
  expired(operation: Operation): void {
    this.fail(operation, overdue(operation.started));
  }

  /** The sender found it too large to send. It is in no queue. */
  tooLarge(operation: Operation, bytes: number, bytesMax: number): void {
    this.fail(operation, tooLarge(bytes, bytesMax));
  }

  /** Ends all with this error, which says itself whether they may have begun. */
  failAll(why: Why): void {
    for (const operation of [...this.#open.values()]) this.fail(operation, why(operation.started));
  }

  /**
   * The session goes on. What the gateway had not received goes again, before everything else; what it had is open.
   * @param received how many frames with an id it had received
   */
  resumed(received: number): void {
    const sender = this.#parts.sender();
    const lost: Operation[] = [];
    for (const operation of this.#sent()) {
      if (operation.sentAt > received) lost.push(operation);
      else if (operation.isCancelled) sender.frame({ op: 'cancel', id: operation.id });
      else if (operation.allowed > (operation.credit ?? 0)) {
        sender.frame({ op: 'pull', id: operation.id, max: operation.allowed });
      }
    }
    for (const { isCritical } of lost) if (!isCritical) sender.creditUsed -= 1;
    this.#sendAgain(lost);
  }

  /**
   * The session is over. What can be sent again is: with an `idem`, and of streams those that have brought nothing. The
   * rest has failed, and may have been done.
   * @param isAnswered all that had reached the gateway was answered before: what is left never began
   */
  sessionLost(isAnswered: boolean): void {
    const again: Operation[] = [];
    const lost: Operation[] = [];
    for (const operation of this.#sent()) {
      const isSafe = (isAnswered || operation.idem !== undefined) && !operation.hasItems && !operation.isCancelled;
      (isSafe ? again : lost).push(operation);
      if (!isAnswered) operation.mayHaveBegun = true;
    }
    // First of all: whoever hears of a failure may send something else, which has to wait behind these.
    this.#sendAgain(again);
    for (const operation of lost) this.fail(operation, sessionLost());
  }

  /** Those that were sent and have not ended, in the order they were sent. */
  #sent(): Operation[] {
    return [...this.#open.values()].filter(({ sentAt }) => sentAt > 0).sort((a, b) => a.sentAt - b.sentAt);
  }

  /** One that is open, and that somebody waits for. */
  #wanted(id: unknown): Operation | undefined {
    const operation = this.#open.get(id as number);
    return operation?.isCancelled === true ? undefined : operation;
  }

  #sendAgain(operations: readonly Operation[]): void {
    const wanted: Operation[] = [];
    for (const operation of operations) {
      operation.sentAt = 0;
      operation.attempts -= 1;
      if (this.#wanted(operation.id) !== undefined) wanted.push(operation);
      // Cancelled before it arrived: there is nothing to end.
      else this.#forget(operation);
    }
    this.#parts.queue.pushAgain(wanted);
  }

  #retryLater(operation: Operation, error: SluiceError): void {
    operation.sentAt = 0;
    operation.order = 0;
    this.#parts.queue.setAside(operation);
    this.#retries.add(operation, error);
  }

  #listen(operation: Operation, signal: AbortSignal): void {
    const onAbort = () => this.cancel(operation, (started) => cancelled(signal, started));
    operation.release = this.#aborts.add(signal, onAbort);
  }

  #overdue(operation: Operation): void {
    const isDue = operation.sentAt === 0 || performance.now() >= operation.deadlineAtMs + deadlineGraceMs;
    if (isDue) this.cancel(operation, overdue);
  }

  #forget(operation: Operation): void {
    if (!this.#open.delete(operation.id)) return;
    if (!operation.isCancelled) this.#awaited -= 1;
    this.#release(operation);
  }

  #release(operation: Operation): void {
    operation.release?.();
    operation.release = undefined;
    if (operation.deadlineAtMs > 0) this.#deadlines.remove(operation);
  }
}
