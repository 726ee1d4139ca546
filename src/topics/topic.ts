/**
 * What is known here of one topic: how far its log has come, what of this turn is to be fanned out, and who stands at
 * its head. Those at the head have no place of their own: it is the topic's.
 */
import type { LogEntry } from '../model/topic-log.js';

/** One who can stand at the head. */
export interface Listed {
  /** In the list of its topic; −1 for none. */
  index: number;
}

/** What came while the topic was fanned out: an entry, or the epoch of a log that begins anew. */
export type PutOff = LogEntry | string;

export class Topic<S extends Listed> {
  readonly name: string;
  /** Undefined until something is known of its log. */
  epoch: string | undefined = undefined;
  /** The one before, where it was told that this one began: what still comes of it comes too late. */
  formerEpoch: string | undefined = undefined;
  /** Offset of the newest entry that is known. */
  head = 0;
  /** Offset of the newest entry that was fanned out: where those at the head stand. */
  flushed = 0;
  /** Entries behind `flushed`. */
  pending: LogEntry[] | undefined = undefined;
  /** Who stands at the head. Holes are only there while it is fanned out. */
  readonly live: (S | undefined)[] = [];
  /** Opened at an offset that is not fanned out yet. */
  early: Set<S> | undefined = undefined;
  /** Behind, and to be closed when too much waits for them. */
  strict: Set<S> | undefined = undefined;
  /** Subscriptions and cursors that need the topic here. */
  holders = 0;
  /** Subscriptions to patterns that cover it, as of a version of all patterns. */
  matching: readonly S[] = [];
  matchingVersion = -1;
  /** The last pattern that was subscribed to when an entry came. */
  lastPattern = 0;

  isFanning = false;
  /** Who is being delivered to, and how far. */
  fanIndex = 0;
  fanAt = 0;
  #fanBase = 0;
  #fanEnd = 0;
  #holes = 0;
  #putOff: PutOff[] | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Its log stands here, as far as is known. */
  begin(epoch: string, offset: number): void {
    this.epoch = epoch;
    this.head = offset;
    this.flushed = offset;
  }

  /** Puts one at the head. O(1). */
  join(subscription: S): void {
    subscription.index = this.live.length;
    this.live.push(subscription);
  }

  /** Takes one from the head. O(1). */
  leave(subscription: S): void {
    const { index } = subscription;
    if (index < 0) return;
    subscription.index = -1;
    if (this.isFanning) {
      this.live[index] = undefined;
      this.#holes += 1;
      return;
    }
    const last = this.live.pop();
    if (last === undefined || last === subscription) return;
    this.live[index] = last;
    last.index = index;
  }

  /** How far one at the head was delivered. */
  placeOf(subscription: S): number {
    if (!this.isFanning || subscription.index < this.fanIndex || subscription.index >= this.#fanEnd)
      return this.flushed;
    return subscription.index === this.fanIndex ? this.fanAt : this.#fanBase;
  }

  /** Until {@link endFan} nobody moves in the list. @returns how many are to be delivered to */
  startFan(): number {
    this.isFanning = true;
    this.fanIndex = 0;
    this.fanAt = this.flushed;
    this.#fanBase = this.flushed;
    this.#fanEnd = this.live.length;
    this.flushed = this.head;
    return this.#fanEnd;
  }

  /** @returns what came meanwhile */
  endFan(): readonly PutOff[] | undefined {
    this.isFanning = false;
    if (this.#holes > 0) this.#close();
    const putOff = this.#putOff;
    this.#putOff = undefined;
    return putOff;
  }

  /** Something that comes while it is fanned out, to be looked at afterwards. */
  putOff(what: PutOff): void {
    this.#putOff ??= [];
    this.#putOff.push(what);
  }

  #close(): void {
    this.#holes = 0;
    let kept = 0;
    for (const subscription of this.live) {
      if (subscription === undefined) continue;
      subscription.index = kept;
      this.live[kept] = subscription;
      kept += 1;
    }
    this.live.length = kept;
  }
}
