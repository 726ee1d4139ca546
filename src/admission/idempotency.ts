/**
 * Events that are sent again. An event with an idempotency key claims it; another with the same key is answered with the
 * outcome of the first, now or when there is one, and never reaches a handler. Keys are kept apart by who sends and by
 * type. Who is anonymous shares one space with all who are: their keys have to be hard to guess, as a UUID is.
 */
import { type Clock, timerMsMax } from '../model/clock.js';
import type { EventRecord, IdempotencyKey } from '../model/event-record.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { EventFields } from '../protocol/frames.js';
import { contentDigest } from './content-digest.js';

/** How an event ended. */
type Outcome =
  | { readonly value: unknown; readonly items: number; readonly failure?: undefined }
  | { readonly failure: Failure };

/** Structurally the engine's `Outcomes`, whose documentation says what may be relied on. */
export interface OutcomeStore {
  claim(key: string, content: string): { readonly state: 'claimed' | 'pending' | 'done' | 'conflict' };
  complete(key: string, outcome: Outcome): void | Promise<void>;
  release(key: string, outcome?: Outcome): void | Promise<void>;
  wait(key: string, callback: (outcome: Outcome | undefined) => void): () => void;
}

export interface IdempotencyPorts {
  readonly clock: Clock;
  readonly outcomes: OutcomeStore;
  /** Takes an event into its queue. */
  enqueue(record: EventRecord): void;
  /** An event that was in no queue has ended. */
  settled(record: EventRecord): void;
  /** The store has failed; for the log. */
  onFailed(error: unknown): void;
}

export class Idempotency {
  readonly #ports: IdempotencyPorts;
  /** Events that wait for the outcome of another, and how each is taken back. As many as are accepted at most. */
  readonly #waiting = new Map<EventRecord, () => void>();

  constructor(ports: IdempotencyPorts) {
    this.#ports = ports;
  }

  /** Looks at the key of an admitted event, if it has one. @returns why it is refused, or undefined */
  claim(record: EventRecord, { type, key, data, idem }: EventFields): Failure | undefined {
    if (idem == null) return undefined;
    record.idem = {
      key: `${record.origin.identity ?? ''}\n${type}\n${idem}`,
      content: contentDigest([key ?? null, data]),
    };
    return this.#claim(record, record.idem);
  }

  /** Takes in an accepted event: into its queue, or to wait for the outcome of the one it repeats. */
  enter(record: EventRecord): void {
    if (!record.isDuplicate) {
      this.#ports.enqueue(record);
      return;
    }
    if (record.state !== 'waiting') return;
    const idem = record.idem as IdempotencyKey;
    const { clock, outcomes } = this.#ports;
    const { deadlineAtMs } = record;
    const leftMs = Math.max(0, deadlineAtMs - clock.nowMs());
    const isTimed = deadlineAtMs !== 0 && leftMs <= timerMsMax;
    const timer = isTimed ? clock.after(leftMs, () => this.#settle(record, { failure: tooLate })) : undefined;
    const takeBack = outcomes.wait(idem.key, (outcome) => {
      timer?.clear();
      if (record.state !== 'waiting') return;
      if (outcome !== undefined) this.#settle(record, outcome);
      else this.#again(record, idem);
    });
    if (record.state !== 'waiting' || !record.isDuplicate) return;
    this.#waiting.set(record, () => {
      timer?.clear();
      takeBack();
    });
  }

  /** Every event that has ended comes by here: what became of it is remembered, if that says something. */
  settled(record: EventRecord): void {
    if (record.idem === undefined) return;
    if (record.isDuplicate) {
      this.#leave(record);
      return;
    }
    const { key } = record.idem;
    const { outcomes, onFailed } = this.#ports;
    try {
      const answer = this.#tell(outcomes, key, record);
      if (answer instanceof Promise) answer.catch(onFailed);
    } catch (error) {
      onFailed(error);
    }
  }

  /**
   * Whoever waits gets the outcome in any case, and does not do what the first did not; but for an event that its own
   * client gave up, which says nothing of theirs.
   */
  #tell(outcomes: OutcomeStore, key: string, { failure: why, result: value, items }: EventRecord) {
    if (why === undefined) return outcomes.complete(key, { value, items });
    if (why.code === 'cancelled' && (why.started === 'no' || items >= 0)) return outcomes.release(key);
    const mayComeAgain = why.started === 'no' || why.retry === 'backoff';
    return mayComeAgain ? outcomes.release(key, { failure: why }) : outcomes.complete(key, { failure: why });
  }

  /** Nobody waits for what it repeats any more. */
  #leave(record: EventRecord): void {
    this.#waiting.get(record)?.();
    this.#waiting.delete(record);
  }

  #claim(record: EventRecord, { key, content }: IdempotencyKey): Failure | undefined {
    let state: ReturnType<OutcomeStore['claim']>['state'];
    try {
      ({ state } = this.#ports.outcomes.claim(key, content));
    } catch (error) {
      this.#ports.onFailed(error);
      return failure('unavailable', 'what came of earlier events cannot be looked up now');
    }
    if (state === 'conflict') return otherContent;
    record.isDuplicate = state !== 'claimed';
    return undefined;
  }

  /** The event it repeats was not done after all. */
  #again(record: EventRecord, idem: IdempotencyKey): void {
    this.#leave(record);
    const why = this.#claim(record, idem);
    if (why === undefined) this.enter(record);
    else if (record.fail(why)) this.#ports.settled(record);
  }

  #settle(record: EventRecord, outcome: Outcome): void {
    const why = outcome.failure ?? (outcome.items >= 0 ? itemsGone : undefined);
    if (why !== undefined ? record.fail(why) : record.succeed((outcome as { value: unknown }).value)) {
      this.#ports.settled(record);
    }
  }
}

const otherContent: Failure = Object.freeze(
  failure('already_exists', 'the idempotency key was used with other content before'),
);
const tooLate: Failure = Object.freeze(
  failure('deadline_exceeded', 'its time passed while it waited for the outcome of the event it repeats', {
    started: 'maybe',
  }),
);
const itemsGone: Failure = Object.freeze(
  failure('out_of_range', 'the items of this stream were sent before, and are not kept', { started: 'maybe' }),
);
