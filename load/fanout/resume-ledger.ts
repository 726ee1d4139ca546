/**
 * What one session has received, over all of its sockets: reliable frames by their number, messages by their offset,
 * items by theirs. It finds what is missing, comes twice or comes out of turn.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import type { Frame } from '../bench/bench-codec.js';
import type { ResumeFaults } from './reconnect-order.js';

/** What the ledgers of one run share. */
export interface ResumeTally {
  readonly faults: ResumeFaults;
  messages: number;
  replayed: number;
  items: number;
  /** Keeps the first fault in words. */
  note(fault: string): void;
}

/** The data the event of a session is answered with; a stream's end has none. */
export type Outcome = { readonly data: object } | 'stream';

export class ResumeLedger {
  /** Number of the last reliable frame. */
  received = 0;
  /** Newest offset of the topic. */
  offset = 0;
  isSubscribed = false;
  isAccepted = false;
  /** The outcome of the event is known. */
  isOver = false;
  private items = 0;
  /** Messages up to here may come again: they were on their way when the socket was cut. */
  private mayComeAgain = 0;
  private readonly tally: ResumeTally;
  private readonly outcome: Outcome;

  constructor(tally: ResumeTally, outcome: Outcome) {
    this.tally = tally;
    this.outcome = outcome;
  }

  /** The session is taken up again on another socket. */
  resumed(): void {
    this.mayComeAgain = this.offset;
  }

  /** Takes every frame but `welcome`, in the order they came. */
  take(frame: Frame): void {
    if (frame.s !== undefined && !this.isNext(frame)) return;
    switch (frame.op) {
      case 'message':
        this.message(Number(frame.offset));
        return;
      case 'item':
        this.item(frame);
        return;
      case 'end':
        this.end(frame);
        return;
      case 'gap':
        this.fault('gaps', frame, Number(frame.count));
        this.offset = Math.max(this.offset, Number(frame.to));
        return;
      case 'subscribed':
        this.isSubscribed = true;
        this.offset = Number(frame.offset);
        return;
      case 'ack':
        this.isAccepted = true;
        return;
      case 'credit':
      case 'ping':
        return;
      default:
        this.fault('unexpected', frame);
    }
  }

  /** Nothing comes any more. @param offset the newest the topic has */
  close(offset: number): void {
    if (this.offset < offset) this.fault('messages', { last: this.offset, expected: offset }, offset - this.offset);
    if (!this.isOver) this.fault('outcomes', { expected: this.outcome, got: 'none' });
  }

  private isNext(frame: Frame): boolean {
    const number = Number(frame.s);
    if (number <= this.received) {
      this.fault('again', frame);
      return false;
    }
    if (number > this.received + 1) this.fault('frames', frame, number - this.received - 1);
    this.received = number;
    return true;
  }

  private message(offset: number): void {
    if (offset > this.offset) {
      if (offset > this.offset + 1) {
        this.fault('messages', { last: this.offset, got: offset }, offset - this.offset - 1);
      }
      this.offset = offset;
      this.tally.messages += 1;
      return;
    }
    if (offset <= this.mayComeAgain) this.tally.replayed += 1;
    else this.fault('unexpected', { duplicate: offset, last: this.offset });
  }

  private item(frame: Frame): void {
    if (frame.n !== this.items + 1) this.fault('items', frame, Math.max(1, Number(frame.n) - this.items - 1));
    this.items = Math.max(this.items, Number(frame.n));
    this.tally.items += 1;
  }

  private end(frame: Frame): void {
    const { outcome } = this;
    const isRight = outcome === 'stream' ? frame.n === this.items : isDeepStrictEqual(frame.data, outcome.data);
    if (!isRight || this.isOver) this.fault('outcomes', frame);
    this.isOver = true;
  }

  private fault(kind: keyof ResumeFaults, found: object, count = 1): void {
    this.tally.faults[kind] += count;
    this.tally.note(`${kind}: ${inspect(found, { breakLength: Number.POSITIVE_INFINITY }).slice(0, 300)}`);
  }
}
