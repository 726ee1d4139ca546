/** Logs in memory for the tests of topics: they answer at once or by hand, lose what is old, and begin anew. */
import type { LogEntry, LogPage, LogPosition, NewMessage } from '../../src/model/topic-log.js';
import type { Answer, TopicLogs } from '../../src/topics/ports.js';

interface Log {
  epoch: string;
  last: number;
  entries: LogEntry[];
}

interface Follower {
  appended(entry: LogEntry): void;
  reset(topic: string, epoch: string): void;
}

export class TestLogs implements TopicLogs {
  /** Answers are promises, which settle when {@link answerNext} says so. */
  isLate = false;
  /** Some answers are late, and some come at once, by a seed: undefined for none. */
  mixedBy: number | undefined = undefined;
  /** Late answers say what was so when they were asked for. */
  isStale = false;
  /** Followers are told when {@link notifyNext} says so, in order. */
  notifiesLate = false;
  /** What the next call of any kind throws, or rejects with. */
  failure: Error | undefined = undefined;
  readonly holds = new Map<string, number>();
  reads = 0;
  readonly #logs = new Map<string, Log>();
  readonly #followers: Follower[] = [];
  #answers: (() => void)[] = [];
  #notes: (() => void)[] = [];
  #epochs = 0;

  append(message: NewMessage): Answer<LogEntry> {
    return this.#answer(() => {
      const log = this.#log(message.topic);
      log.last += 1;
      const { epoch, last: offset } = log;
      const entry: LogEntry = { ...message, epoch, offset, atMs: 0, json: undefined, msgpack: undefined };
      log.entries.push(entry);
      this.#notify((follower) => follower.appended(entry));
      return entry;
    });
  }

  /** As engines do, it has told its followers of all that it says is there. */
  position(topic: string): Answer<LogPosition> {
    return this.#answer(() => {
      this.notifyAll();
      return this.at(topic);
    });
  }

  read(topic: string, after: number, max: number): Answer<LogPage> {
    this.reads += 1;
    return this.#answer(() => this.#page(topic, this.behind(topic, after).slice(0, max)));
  }

  readLatest(topic: string, after: number, max: number): Answer<LogPage> {
    this.reads += 1;
    return this.#answer(() => {
      const newest = new Map<string | undefined, LogEntry>();
      for (const entry of this.behind(topic, after)) newest.set(entry.key, entry);
      const entries = [...newest.values()].sort((a, b) => a.offset - b.offset);
      return this.#page(topic, entries.slice(0, max));
    });
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  hold(topic: string): void {
    this.holds.set(topic, (this.holds.get(topic) ?? 0) + 1);
  }

  release(topic: string): void {
    const left = (this.holds.get(topic) ?? 0) - 1;
    if (left < 0) throw new Error(`expected ${topic} to be held`);
    if (left === 0) this.holds.delete(topic);
    else this.holds.set(topic, left);
  }

  /** Where a log stands, at once. */
  at(topic: string): LogPosition {
    const { epoch, last, entries } = this.#log(topic);
    return { epoch, first: last - entries.length + 1, last };
  }

  /** The entries behind an offset that are held. */
  behind(topic: string, after: number): LogEntry[] {
    return this.#log(topic).entries.filter(({ offset }) => offset > after);
  }

  /** Loses everything up to an offset. */
  dropTo(topic: string, offset: number): void {
    const log = this.#log(topic);
    log.entries = log.entries.filter((entry) => entry.offset > offset);
  }

  /** Loses everything, and says so unless it is `silent`. */
  reset(topic: string, isSilent = false): string {
    const log = this.#log(topic);
    Object.assign(log, this.#fresh());
    if (!isSilent) this.#notify((follower) => follower.reset(topic, log.epoch));
    return log.epoch;
  }

  /** Answers that are waited for. */
  get waiting(): number {
    return this.#answers.length;
  }

  get notesWaiting(): number {
    return this.#notes.length;
  }

  /** Gives the oldest answer that is waited for, or another one. */
  answerNext(index = 0): void {
    this.#answers.splice(index, 1)[0]?.();
  }

  answerAll(): void {
    while (this.#answers.length > 0) this.answerNext();
  }

  notifyNext(): void {
    this.#notes.shift()?.();
  }

  notifyAll(): void {
    while (this.#notes.length > 0) this.notifyNext();
  }

  /** Followers never hear of what they were not told yet. */
  loseNotes(): void {
    this.#notes = [];
  }

  #answer<T>(value: () => T): Answer<T> {
    const { failure } = this;
    this.failure = undefined;
    const work = () => {
      if (failure !== undefined) throw failure;
      return value();
    };
    if (!this.isLate || !this.#isThisLate()) return work();
    const asked = this.isStale && failure === undefined ? work() : undefined;
    return new Promise<T>((resolve, reject) => {
      this.#answers.push(() => {
        try {
          resolve(asked ?? work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Of a linear congruential generator, a high bit. */
  #isThisLate(): boolean {
    if (this.mixedBy === undefined) return true;
    this.mixedBy = (Math.imul(this.mixedBy, 1_664_525) + 1_013_904_223) >>> 0;
    return this.mixedBy >= 2 ** 31;
  }

  #notify(tell: (follower: Follower) => void): void {
    const note = () => {
      for (const follower of this.#followers) tell(follower);
    };
    if (this.notifiesLate) this.#notes.push(note);
    else note();
  }

  #page(topic: string, entries: LogEntry[]): LogPage {
    return { ...this.at(topic), entries };
  }

  #log(topic: string): Log {
    let log = this.#logs.get(topic);
    if (log === undefined) {
      log = this.#fresh();
      this.#logs.set(topic, log);
    }
    return log;
  }

  #fresh(): Log {
    this.#epochs += 1;
    return { epoch: `e${this.#epochs}`, last: 0, entries: [] };
  }
}
