/**
 * The log of one topic in memory: what it holds is a ring of entries with consecutive offsets, which grows and shrinks
 * with them. It knows no bounds: {@link MemoryLogs} says what goes.
 */
import type { Linked } from '../collections/linked-list.js';
import type { LogEntry, LogPage, LogPosition, NewMessage, Retention } from '../model/topic-log.js';
import { MemoryEntry } from './memory-entry.js';
import { MemoryLatest } from './memory-latest.js';

/** Of all logs that hold nothing. */
const noSlots: readonly (MemoryEntry | undefined)[] = [];
/** Slots of the first ring that shrinks; all sizes are powers of two. */
const slotsKept = 16;

export class MemoryLog implements Linked<MemoryLog> {
  readonly topic: string;
  readonly epoch: string;
  readonly retention: Retention;
  /** Offset of the newest entry there ever was. */
  last = 0;
  /** Entries held. */
  size = 0;
  /** Of the entries held. */
  bytes = 0;
  /** How often it is held. */
  holds: number;
  /** Whether it counts among those that hold entries, and that nobody holds. */
  isUnheld = false;
  /** When it was asked for last, while nobody holds it and it holds nothing. */
  idleSinceMs = 0;
  queueHome: unknown = undefined;
  queuePrevious: MemoryLog | undefined = undefined;
  queueNext: MemoryLog | undefined = undefined;
  /** The entry with an offset is in slot `offset` modulo their number. */
  #slots = noSlots as (MemoryEntry | undefined)[];
  /** Undefined while it holds nothing. */
  #latest: MemoryLatest | undefined = undefined;

  constructor(topic: string, epoch: string, retention: Retention, holds: number) {
    this.topic = topic;
    this.epoch = epoch;
    this.retention = retention;
    this.holds = holds;
  }

  get oldest(): MemoryEntry | undefined {
    return this.size === 0 ? undefined : this.#at(this.last - this.size + 1);
  }

  /** The next entry, which counts but is not held. */
  append(message: NewMessage, atMs: number): MemoryEntry {
    const entry = new MemoryEntry(this, message, message.key, atMs);
    this.last += 1;
    return entry;
  }

  /** The next entry. O(1) amortised. */
  push(message: NewMessage, atMs: number): MemoryEntry {
    this.#latest ??= new MemoryLatest();
    const before = this.#latest.get(message.key);
    const entry = new MemoryEntry(this, message, before === undefined ? message.key : before.key, atMs);
    if (this.size === this.#slots.length) this.#resize(Math.max(1, this.size * 2));
    this.last += 1;
    this.size += 1;
    this.bytes += entry.bytes;
    this.#slots[this.last & (this.#slots.length - 1)] = entry;
    this.#latest.add(entry, before);
    return entry;
  }

  /** Takes out the oldest entry, or undefined where it holds none. O(1) amortised. */
  shift(): MemoryEntry | undefined {
    const entry = this.oldest;
    if (entry === undefined) return undefined;
    this.#latest?.remove(entry);
    this.#slots[entry.offset & (this.#slots.length - 1)] = undefined;
    this.size -= 1;
    this.bytes -= entry.bytes;
    if (this.#slots.length > slotsKept && this.size * 4 < this.#slots.length) this.#resize(this.#slots.length / 2);
    return entry;
  }

  /** Gives back what a log without entries does not need. */
  trim(): void {
    if (this.size > 0) return;
    this.#slots = noSlots as (MemoryEntry | undefined)[];
    this.#latest = undefined;
  }

  position(): LogPosition {
    return { epoch: this.epoch, first: this.last - this.size + 1, last: this.last };
  }

  read(after: number, max: number): LogPage {
    const first = this.last - this.size + 1;
    const from = Math.max(first, after + 1);
    const to = Math.min(this.last, from + max - 1);
    const entries: LogEntry[] = [];
    for (let offset = from; offset <= to; offset += 1) entries.push(this.#at(offset));
    return { epoch: this.epoch, first, last: this.last, entries };
  }

  readLatest(after: number, max: number): LogPage {
    const entries: LogEntry[] = [];
    let entry = this.#firstLatest(after);
    while (entry !== undefined && entries.length < max) {
      entries.push(entry);
      entry = entry.newerLatest;
    }
    return { epoch: this.epoch, first: this.last - this.size + 1, last: this.last, entries };
  }

  /**
   * The first entry behind `after` that is the newest of its key. It is looked for from both ends: over the entries
   * behind `after`, and over the newest of keys from the end on. O(the shorter of the two), and O(1) where `after` is
   * before all of them, or one of them.
   */
  #firstLatest(after: number): MemoryEntry | undefined {
    const latest = this.#latest;
    if (latest === undefined || after >= this.last) return undefined;
    if (after <= this.last - this.size) return latest.oldest;
    const at = this.#at(after);
    if (latest.has(at)) return at.newerLatest;
    let found = latest.newest;
    for (let offset = after + 1; offset < this.last; offset += 1) {
      const entry = this.#at(offset);
      if (latest.has(entry)) return entry;
      const older: MemoryEntry | undefined = found?.olderLatest;
      if (older === undefined || older.offset <= after) return found;
      found = older;
    }
    return latest.newest;
  }

  #at(offset: number): MemoryEntry {
    return this.#slots[offset & (this.#slots.length - 1)] as MemoryEntry;
  }

  #resize(length: number): void {
    const slots = new Array<MemoryEntry | undefined>(length).fill(undefined);
    for (let offset = this.last - this.size + 1; offset <= this.last; offset += 1) {
      slots[offset & (length - 1)] = this.#at(offset);
    }
    this.#slots = slots;
  }
}
