/** A place in a log, of a subscription that is not at its head. Where there is none, it is. */

import type { Linked } from '../collections/linked-list.js';

/** What a cursor knows of its topic. */
export interface CursorTopic {
  readonly name: string;
  readonly epoch: string | undefined;
  readonly flushed: number;
}

export class Cursor<T extends CursorTopic> implements Linked<Cursor<T>> {
  readonly topic: T;
  epoch: string;
  /** Everything up to here was delivered, or told as missing. */
  offset: number;
  /** Up to here the policy of the subscription does not count: it is history that was asked for, or comes again. */
  replayTo: number;
  /** That the log begins anew has to be told before anything else. */
  isReset = false;
  /** Changes whenever the place is changed by something else than reading: what was read before is void. */
  ticket = 0;
  /** What was asked of the log last: behind which offset, and how far the topic had come. */
  askedAfter = 0;
  askedUpTo = 0;
  queueHome: unknown = undefined;
  queuePrevious: Cursor<T> | undefined = undefined;
  queueNext: Cursor<T> | undefined = undefined;

  constructor(topic: T, offset: number, replayTo: number) {
    this.topic = topic;
    this.epoch = topic.epoch ?? '';
    this.offset = offset;
    this.replayTo = replayTo;
  }

  /** Back to an offset; up to where it was, everything is delivered again. */
  goBack(offset: number): void {
    this.replayTo = Math.max(this.replayTo, this.offset);
    this.offset = offset;
    this.ticket += 1;
  }

  /** To the beginning of the log's new epoch. */
  restart(epoch: string): void {
    this.epoch = epoch;
    this.offset = 0;
    this.replayTo = 0;
    this.isReset = true;
    this.ticket += 1;
  }
}
