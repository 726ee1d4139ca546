/**
 * The logs of all topics in memory, and their bounds: each log within its retention, all within their bytes, and no more
 * logs than fit. Every call is O(1) amortised over the entries it adds, gives or lets go, and answers at once.
 *
 * A log is in one of three places: among those that hold entries, among those that are idle (nobody holds them, and they
 * hold nothing), or in neither. One timer, which runs only while there is one of the first two kinds, goes round those
 * that hold entries for what is too old, and forgets what was idle for too long: so much at a time, and no more.
 */
import { randomBytes } from 'node:crypto';
import { LinkedList } from '../collections/linked-list.js';
import type { Clock, Timer } from '../model/clock.js';
import type { LogEntry, LogPage, LogPosition, NewMessage, Retention } from '../model/topic-log.js';
import { type Answer, EngineFullError, type LogFollower, type Logs } from './engine.js';
import type { MemoryEntry } from './memory-entry.js';
import { MemoryLog } from './memory-log.js';

export interface MemoryLogsOptions {
  readonly clock: Clock;
  /** Topics at most. */
  readonly topicsMax: number;
  /** Bytes of the entries of all topics at most. */
  readonly allBytesMax: number;
  /** Milliseconds after which an idle topic is forgotten; sooner where another one needs its place. */
  readonly idleMs: number;
  /** Asked for once, when a topic begins. */
  readonly retention: (topic: string) => Retention;
}

/** Milliseconds between looks of the timer. */
const sweepMs = 250;
/** What one look may cost: logs looked at, and entries and topics that go. All at their bounds: 1.5 ms. */
const logsPerSweep = 512;
const goingPerSweep = 4096;
/** Where there is no room for a topic: logs that are looked at for what is too old, and entries that go for it then. */
const logsPerTopic = 8;
const goingPerTopic = 64;

export class MemoryLogs implements Logs {
  readonly #options: MemoryLogsOptions;
  readonly #clock: Clock;
  readonly #logs = new Map<string, MemoryLog>();
  /** Holds of topics that have not begun. */
  readonly #earlyHolds = new Map<string, number>();
  readonly #followers: LogFollower[] = [];
  /** Logs that hold entries; the next to be looked at comes first. */
  readonly #holding = new LinkedList<MemoryLog>();
  /** Logs that are idle; the one that is so for the longest comes first. */
  readonly #idle = new LinkedList<MemoryLog>();
  /** All entries held, in the order of time. */
  #oldest: MemoryEntry | undefined = undefined;
  #newest: MemoryEntry | undefined = undefined;
  #bytes = 0;
  /** Logs that hold entries, and that nobody holds: they can be forgotten once their entries go. */
  #unheld = 0;
  /** With 48 random bits in front, no other engine has had this epoch. */
  readonly #epochPrefix = randomBytes(6).toString('base64url');
  #epochs = 0;
  #timer: Timer | undefined = undefined;
  #isClosed = false;
  readonly #onTimer = (): void => {
    this.#timer = undefined;
    const nowMs = this.#clock.turnMs();
    this.#sweep(nowMs, logsPerSweep, goingPerSweep);
    this.#forgetIdle(nowMs);
    this.#arm();
  };

  constructor(options: MemoryLogsOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Topics there are. */
  get topics(): number {
    return this.#logs.size;
  }

  /** Bytes of all entries held. */
  get bytes(): number {
    return this.#bytes;
  }

  append(message: NewMessage): Answer<LogEntry> {
    const nowMs = this.#clock.turnMs();
    const log = this.#logFor(message.topic, nowMs);
    if (log === undefined) return this.#full();
    const entry = this.#mayHold(log, message) ? this.#push(log, message, nowMs) : this.#pass(log, message, nowMs);
    this.#place(log, nowMs);
    for (const follower of this.#followers) follower.appended(entry);
    return entry;
  }

  position(topic: string): Answer<LogPosition> {
    const log = this.#asked(topic);
    return log === undefined ? this.#full() : log.position();
  }

  read(topic: string, after: number, max: number): Answer<LogPage> {
    const log = this.#asked(topic);
    return log === undefined ? this.#full() : log.read(after, max);
  }

  readLatest(topic: string, after: number, max: number): Answer<LogPage> {
    const log = this.#asked(topic);
    return log === undefined ? this.#full() : log.readLatest(after, max);
  }

  follow(follower: LogFollower): void {
    this.#followers.push(follower);
  }

  hold(topic: string): void {
    const log = this.#logs.get(topic);
    if (log === undefined) {
      this.#earlyHolds.set(topic, (this.#earlyHolds.get(topic) ?? 0) + 1);
      return;
    }
    log.holds += 1;
    this.#place(log, this.#clock.turnMs());
  }

  release(topic: string): void {
    const log = this.#logs.get(topic);
    const holds = log === undefined ? this.#earlyHolds.get(topic) : log.holds;
    if (holds === undefined || holds === 0) throw new Error(`expected a topic that is held, got ${topic}`);
    if (log !== undefined) {
      log.holds -= 1;
      this.#place(log, this.#clock.turnMs());
    } else if (holds === 1) this.#earlyHolds.delete(topic);
    else this.#earlyHolds.set(topic, holds - 1);
  }

  /** Stops the timer for good. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.clear();
    this.#timer = undefined;
  }

  /** The log of a topic somebody asks for, as it is now. */
  #asked(topic: string): MemoryLog | undefined {
    const nowMs = this.#clock.turnMs();
    const log = this.#logFor(topic, nowMs);
    if (log !== undefined) this.#place(log, nowMs);
    return log;
  }

  /** The log of a topic, without what is too old. Begins it when there is none; undefined when there is no room. */
  #logFor(topic: string, nowMs: number): MemoryLog | undefined {
    const known = this.#logs.get(topic);
    if (known !== undefined) {
      this.#expire(known, nowMs, known.size);
      return known;
    }
    if (!this.#makeRoom(nowMs)) return undefined;
    this.#epochs += 1;
    const epoch = this.#epochPrefix + this.#epochs.toString(36);
    const log = new MemoryLog(topic, epoch, this.#options.retention(topic), this.#earlyHolds.get(topic) ?? 0);
    this.#earlyHolds.delete(topic);
    this.#logs.set(topic, log);
    return log;
  }

  #full(): Promise<never> {
    return Promise.reject(new EngineFullError(this.#options.topicsMax));
  }

  #makeRoom(nowMs: number): boolean {
    if (this.#logs.size < this.#options.topicsMax) return true;
    if (this.#idle.head === undefined) this.#sweep(nowMs, logsPerTopic, goingPerSweep);
    for (let gone = 0; gone < goingPerTopic && this.#idle.head === undefined && this.#unheld > 0; gone += 1) {
      this.#dropOldest(nowMs);
    }
    const { head } = this.#idle;
    if (head !== undefined) this.#forget(head);
    return head !== undefined;
  }

  /** Whether a message fits at all: where it is alone too large, it is not for that the others have to go. */
  #mayHold({ retention }: MemoryLog, { bytes }: NewMessage): boolean {
    return retention.messages > 0 && bytes <= retention.bytes && bytes <= this.#options.allBytesMax;
  }

  /** Adds an entry that is not held. Then none before it is either: a log has no holes. */
  #pass(log: MemoryLog, message: NewMessage, nowMs: number): MemoryEntry {
    while (log.size > 0) this.#shift(log);
    return log.append(message, nowMs);
  }

  #push(log: MemoryLog, message: NewMessage, nowMs: number): MemoryEntry {
    const { retention } = log;
    while (log.size >= retention.messages || log.bytes + message.bytes > retention.bytes) this.#shift(log);
    const entry = log.push(message, nowMs);
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#bytes += entry.bytes;
    while (this.#bytes > this.#options.allBytesMax) this.#dropOldest(nowMs);
    return entry;
  }

  /** The oldest entry of all goes. It is the oldest of its log too. */
  #dropOldest(nowMs: number): void {
    const log = this.#logs.get((this.#oldest as MemoryEntry).topic) as MemoryLog;
    this.#shift(log);
    if (log.size === 0) this.#place(log, nowMs);
  }

  /** The oldest entry of a log that is not empty goes. */
  #shift(log: MemoryLog): void {
    const entry = log.shift() as MemoryEntry;
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.older = undefined;
    entry.newer = undefined;
    this.#bytes -= entry.bytes;
  }

  /** What is too old goes, at most `max` entries. @returns how many went */
  #expire(log: MemoryLog, nowMs: number, max: number): number {
    const untilMs = nowMs - log.retention.ageMs;
    let gone = 0;
    let { oldest } = log;
    while (gone < max && oldest !== undefined && oldest.atMs <= untilMs) {
      this.#shift(log);
      gone += 1;
      oldest = log.oldest;
    }
    return gone;
  }

  /** Puts a log where it belongs after it was changed or asked for, and an idle one behind all that are so for longer. */
  #place(log: MemoryLog, nowMs: number): void {
    const isUnheld = log.size > 0 && log.holds === 0;
    if (isUnheld !== log.isUnheld) {
      log.isUnheld = isUnheld;
      this.#unheld += isUnheld ? 1 : -1;
    }
    if (log.size > 0) {
      if (log.queueHome !== this.#holding) this.#move(log, this.#holding);
      return;
    }
    log.trim();
    log.idleSinceMs = nowMs;
    this.#move(log, log.holds > 0 ? undefined : this.#idle);
  }

  #move(log: MemoryLog, to: LinkedList<MemoryLog> | undefined): void {
    (log.queueHome as LinkedList<MemoryLog> | undefined)?.remove(log);
    if (to === undefined) return;
    to.push(log);
    this.#arm();
  }

  /** Looks at the next logs that hold entries for what is too old, at each once at most. */
  #sweep(nowMs: number, logsMax: number, goingMax: number): void {
    const last = this.#holding.tail;
    let going = goingMax;
    for (let looked = 0; looked < logsMax && going > 0; looked += 1) {
      const log = this.#holding.head;
      if (log === undefined) return;
      going -= this.#expire(log, nowMs, going);
      if (log.size === 0) this.#place(log, nowMs);
      else if (log !== last) this.#move(log, this.#holding);
      if (log === last) return;
    }
  }

  #forgetIdle(nowMs: number): void {
    const untilMs = nowMs - this.#options.idleMs;
    let { head } = this.#idle;
    for (let gone = 0; gone < goingPerSweep && head !== undefined && head.idleSinceMs <= untilMs; gone += 1) {
      this.#forget(head);
      head = this.#idle.head;
    }
  }

  #forget(log: MemoryLog): void {
    this.#idle.remove(log);
    this.#logs.delete(log.topic);
  }

  #arm(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    if (this.#holding.head === undefined && this.#idle.head === undefined) return;
    this.#timer = this.#clock.after(sweepMs, this.#onTimer);
  }
}
