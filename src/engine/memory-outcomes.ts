/**
 * Outcomes by idempotency key, in memory. What is done lies in the order in which it was completed, and goes from the
 * oldest on: at its age when it comes across somebody's way, and before it where there are too many or too large ones.
 * Every call is O(1) amortised over the outcomes it lets go, but for the size of an outcome, which is looked at once.
 */
import { type Linked, LinkedList } from '../collections/linked-list.js';
import type { Clock } from '../model/clock.js';
import { memorySize } from '../model/memory-size.js';
import type { Claim, Outcomes, RecordedOutcome } from './engine.js';

export interface MemoryOutcomesOptions {
  readonly clock: Clock;
  /** Keys at most, those that are pending included: where these alone are as many, one outcome beside them. */
  readonly entriesMax: number;
  /** Bytes of all outcomes with their keys and contents. */
  readonly bytesMax: number;
  /** Milliseconds for which an outcome is remembered. */
  readonly ms: number;
}

type Waiting = (outcome: RecordedOutcome | undefined) => void;

/** What is known of a key. */
class OutcomeRecord implements Linked<OutcomeRecord> {
  readonly key: string;
  readonly content: string;
  /** Undefined while it is pending. */
  outcome: RecordedOutcome | undefined = undefined;
  waiting: Set<Waiting> | undefined = undefined;
  doneAtMs = 0;
  bytes = 0;
  queueHome: unknown = undefined;
  queuePrevious: OutcomeRecord | undefined = undefined;
  queueNext: OutcomeRecord | undefined = undefined;

  constructor(key: string, content: string) {
    this.key = key;
    this.content = content;
  }
}

/** Outcomes past their age that one call lets go: more than it can add. */
const goingPerCall = 2;
/** Bytes of a record without what it holds, and of its place in the map. */
const recordBytes = 160;

const claimed: Claim = { state: 'claimed' };
const pending: Claim = { state: 'pending' };
const conflict: Claim = { state: 'conflict' };

export class MemoryOutcomes implements Outcomes {
  readonly #options: MemoryOutcomesOptions;
  readonly #records = new Map<string, OutcomeRecord>();
  readonly #done = new LinkedList<OutcomeRecord>();
  #bytes = 0;

  constructor(options: MemoryOutcomesOptions) {
    this.#options = options;
  }

  /** Keys that are not free. */
  get size(): number {
    return this.#records.size;
  }

  /** Bytes of all outcomes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  claim(key: string, content: string): Claim {
    this.#expire();
    const known = this.#known(key);
    if (known === undefined) {
      const oldest = this.#done.head;
      if (this.#records.size >= this.#options.entriesMax && oldest !== undefined) this.#forget(oldest);
      this.#records.set(key, new OutcomeRecord(key, content));
      return claimed;
    }
    if (known.content !== content) return conflict;
    return known.outcome === undefined ? pending : { state: 'done', outcome: known.outcome };
  }

  complete(key: string, outcome: RecordedOutcome): void {
    const record = this.#records.get(key);
    if (record === undefined || record.outcome !== undefined) return;
    const { waiting } = record;
    this.#keep(record, outcome);
    call(waiting, outcome);
  }

  release(key: string, outcome?: RecordedOutcome): void {
    const record = this.#records.get(key);
    if (record === undefined || record.outcome !== undefined) return;
    this.#records.delete(key);
    call(record.waiting, outcome);
  }

  wait(key: string, callback: Waiting): () => void {
    const record = this.#known(key);
    if (record === undefined || record.outcome !== undefined) {
      callback(record?.outcome);
      return () => undefined;
    }
    // An entry of its own, should somebody wait with the same function twice.
    const entry: Waiting = (outcome) => callback(outcome);
    record.waiting ??= new Set();
    record.waiting.add(entry);
    return () => void record.waiting?.delete(entry);
  }

  #known(key: string): OutcomeRecord | undefined {
    const record = this.#records.get(key);
    if (record === undefined || !this.#isOver(record)) return record;
    this.#forget(record);
    return undefined;
  }

  #keep(record: OutcomeRecord, outcome: RecordedOutcome): void {
    const { bytesMax } = this.#options;
    const kept = outcome.failure ?? outcome.value;
    const bytes = recordBytes + record.key.length + record.content.length + memorySize(kept, bytesMax);
    if (bytes > bytesMax) {
      this.#records.delete(record.key);
      return;
    }
    record.outcome = outcome;
    record.waiting = undefined;
    record.doneAtMs = this.#options.clock.turnMs();
    record.bytes = bytes;
    this.#bytes += bytes;
    this.#done.push(record);
    // It is the newest, and fits alone: the loop ends before it.
    while (this.#bytes > bytesMax || (this.#records.size > this.#options.entriesMax && this.#done.head !== record)) {
      this.#forget(this.#done.head as OutcomeRecord);
    }
  }

  #expire(): void {
    for (let gone = 0; gone < goingPerCall; gone += 1) {
      const oldest = this.#done.head;
      if (oldest === undefined || !this.#isOver(oldest)) return;
      this.#forget(oldest);
    }
  }

  #isOver(record: OutcomeRecord): boolean {
    return record.outcome !== undefined && record.doneAtMs + this.#options.ms <= this.#options.clock.turnMs();
  }

  /** An outcome goes, and its key is free. */
  #forget(record: OutcomeRecord): void {
    this.#done.remove(record);
    this.#records.delete(record.key);
    this.#bytes -= record.bytes;
  }
}

function call(waiting: Iterable<Waiting> | undefined, outcome: RecordedOutcome | undefined): void {
  // Those that are taken back by one before them are not called.
  for (const callback of waiting ?? []) callback(outcome);
}
