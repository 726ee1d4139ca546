/**
 * Where things outlive what made them: the logs of topics, the outcomes of events with an idempotency key, and who is
 * subscribed to what. An engine knows events, offsets and acknowledgements, and nothing of sockets or sessions. What is
 * written here is all a gateway relies on, and all of it is asked of each engine by one suite of tests.
 *
 * - Reach. What holds "for all" holds for all processes that share the engine: one for memory and for a file of this
 *   machine, many for a broker. Followers, holds and waits are those of this process.
 * - Loss. An engine may lose what its durability does not cover, and never in silence: of a log by a new epoch, of an
 *   outcome by answering `claimed` again, of a member by counting one less.
 * - Ownership. Values are handed over: neither side changes them afterwards, and an engine may give back the same object
 *   it was given, or an equal one.
 * - Bounds. Everything kept has a bound, given to the engine by its configuration. Calls under way are bounded by the
 *   gateway, which has so many events in flight and no more.
 */
import type { LogEntry, LogPage, LogPosition, Member, NewMessage } from '../model/topic-log.js';
import type { Failure } from '../protocol/error-codes.js';

/**
 * Whatever can be answered at once is; a promise only where it takes time. Nothing throws: a call that fails gives a
 * promise that rejects, also where its answer would have come at once, so that there is one way to fail and a caller who
 * looks for promises has looked for everything. A rejection means: not done, or not known. {@link EngineFullError}
 * means: not done.
 *
 * Answers and calls to followers, waits included, have one order, the order in which the engine came to know. So where
 * the answer is a promise, its first reactions have run before the next follower is called: an engine settles it, and
 * lets the microtasks go by.
 */
export type Answer<T> = T | Promise<T>;

/** A rejection: there is no room for another topic, and nothing was done. It may be asked again later. */
export class EngineFullError extends Error {
  override readonly name = 'EngineFullError';

  constructor(topicsMax: number) {
    super(`expected room for another topic, got ${topicsMax} that are in use`);
  }
}

/** Told of what is appended, by whichever process. It must not throw, and must not append before it has returned. */
export interface LogFollower {
  /**
   * Every entry of every topic, each once, in the order of its log: 1, 2, … without a hole. Between topics there is no
   * order. Only what cannot be taken back: an entry that was shown, and then lost, costs its log the epoch.
   */
  appended(entry: LogEntry): void;
  /**
   * A log that is held here was lost: its next entries have this new epoch and begin at 1. Told before any answer that
   * has it. Not told of a log that was forgotten, for nobody held it.
   */
  reset(topic: string, epoch: string): void;
}

/**
 * Logs of topics. A log begins when its topic is first appended to or asked for, with a new epoch and no entry. It goes
 * on for as long as somebody in any process holds it or it holds an entry, and some time beyond; then it is forgotten,
 * and would begin anew with another epoch. When another topic needs the room, one that nobody holds and that holds no
 * entry is forgotten at once; where there is none, the oldest entries of all go until there is, a few at each call, so
 * that what nobody follows fills no engine. Only where every topic is held there is no room. Epochs are never used twice
 * for the same topic, not after a crash either.
 *
 * Of a log its newest entries are held, without a hole, as many as its retention allows: by number, bytes and age, and
 * less where all logs together have too many bytes: then the oldest entries of all go, whatever their topic. Where not
 * one is allowed, offsets go on all the same. Age is exact for whoever asks; memory may be given back a little later.
 *
 * What everything else is built on: all answers on a topic, and what followers are told of it, are one order. When an
 * answer says `last: n`, all entries up to n were followed before it, and the next that is followed in its epoch is
 * n + 1. So whoever follows and holds a topic, asks where it stands, and reads up to there, misses nothing and gets
 * nothing twice.
 */
export interface Logs {
  /**
   * Adds an entry behind all others of its topic, in an order that is the same for all. The followers of this process
   * were told of it before the answer. The answer means that it is as durable as the engine can make it: in memory,
   * every reader of the epoch sees it, and a crash ends the epoch; on disk or with a broker, it is flushed or
   * acknowledged, and survives a crash of any one process. After a rejection it may be there nevertheless, and is
   * followed if it is, unless it was an {@link EngineFullError}.
   */
  append(message: NewMessage): Answer<LogEntry>;
  /**
   * Where the log stands. A topic nobody has heard of begins with this. It may be forgotten again at once: {@link hold}
   * it first. Rejects with {@link EngineFullError}, as do the reads.
   */
  position(topic: string): Answer<LogPosition>;
  /**
   * At most `max` entries behind `after`, from the oldest on; those that are gone are not among them, and where it
   * matters `first` tells. An `after` beyond `last` gives none. The epoch is for the caller to compare. O(entries read).
   */
  read(topic: string, after: number, max: number): Answer<LogPage>;
  /**
   * Of all entries behind `after` the newest of each key, at most `max`, from the oldest on. Entries without a key are
   * one key. To go on, ask again behind the offset of the last one got. O(entries read) when it goes on like that or
   * begins before `first`.
   */
  readLatest(topic: string, after: number, max: number): Answer<LogPage>;
  /** From now on, for the life of the engine. */
  follow(follower: LogFollower): void;
  /**
   * Somebody here reads the topic: it must not be forgotten, though it be empty. Counted. Never refused, also where the
   * topic has not begun: how many there are is the caller's to bound.
   */
  hold(topic: string): void;
  /** @throws when it is not held here */
  release(topic: string): void;
}

/** How an event with an idempotency key ended. */
export type RecordedOutcome =
  | { readonly value: unknown; readonly items: number; readonly failure?: undefined }
  | { readonly failure: Failure };

/** What is known of a key: nothing (and now it is claimed), an event that has not ended, an outcome, or other content. */
export type Claim =
  | { readonly state: 'claimed' }
  | { readonly state: 'pending' }
  | { readonly state: 'done'; readonly outcome: RecordedOutcome }
  | { readonly state: 'conflict' };

/**
 * Outcomes by idempotency key. A key is free, pending from its claim on, and done once it is completed. Outcomes are
 * remembered for a time, within a number and a size: beyond, those that were completed first are forgotten, and their
 * keys are free. A pending key is never forgotten while the process that claimed it lives, though it counts in the
 * number: where all are pending a claim is given beyond it. When that process dies, its pending keys become free
 * within a lease, as if released; what it had begun may then be done a second time.
 */
export interface Outcomes {
  /**
   * Claims a free key. It answers at once, since it is asked while a frame is read: an engine over a file can, with reads
   * and writes that wait for nothing but a lock; one that would have to ask a broker cannot, and throws. Atomic: of all claims of it, in all processes, one is `claimed`, and its caller has to
   * {@link complete} or {@link release} the key. Where it throws, the caller has not claimed it.
   * @param content what the event says, or a digest of it, kept as long as the key: another one is a conflict, whether
   *   the key is pending or done
   */
  claim(key: string, content: string): Claim;
  /**
   * The event of a claimed key has ended. The answer means that from now on claims find the outcome, and that it is as
   * durable as an entry of a log. An outcome too large to be remembered goes to those who wait, and the key is free.
   * Does nothing where the key is not pending.
   */
  complete(key: string, outcome: RecordedOutcome): Answer<void>;
  /**
   * The event of a claimed key may come again. Does nothing where the key is not pending.
   * @param outcome what those who wait are told; it is not remembered
   */
  release(key: string, outcome?: RecordedOutcome): Answer<void>;
  /**
   * Calls back once, when a pending key is completed (with its outcome) or is free again (undefined). Where it is no
   * longer pending that has been so already: calls back with what there is, possibly before it returns. Those who wait
   * for a key are called in the order they came, after its state has changed: they may claim it. They must not throw.
   * @returns takes it back: from then on the callback is neither called nor kept
   */
  wait(key: string, callback: (outcome: RecordedOutcome | undefined) => void): () => void;
}

/**
 * Who is subscribed to a topic, in all processes of the engine. What is answered includes what this process did before;
 * what others did it includes soon. Members of a process that died are gone within its lease. Nothing is kept of a topic
 * without members; how many there are is bounded by the sessions and their subscriptions.
 */
export interface Presence {
  /** Idempotent by `member.id`: a second time counts nothing. @returns how many there are now */
  join(topic: string, member: Member): Answer<number>;
  /** Idempotent: does nothing for one who is not there. @returns how many there are now */
  leave(topic: string, memberId: string): Answer<number>;
  /** 0 for a topic nobody has heard of. */
  count(topic: string): Answer<number>;
  /** All of them, in no particular order; the array is the caller's. O(members). */
  members(topic: string): Answer<readonly Member[]>;
}

export interface Engine {
  /** For logs and metrics. */
  readonly name: string;
  readonly logs: Logs;
  readonly outcomes: Outcomes;
  readonly presence: Presence;
  /** Ends its timers and connections, and gives up its leases. Nobody is called any more, and nothing may be asked. */
  close(): void;
}
