/**
 * Events that are sent again. An event with an idempotency key claims it; another with the same key is answered with the
 * outcome of the first, now or when there is one, and never reaches a handler. Keys are kept apart by who sends and by
 * type. Who is anonymous shares one space with all who are: their keys have to be hard to guess, as a UUID is.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../model/clock.js';
import type { EventRecord, IdempotencyKey } from '../model/event-record.js';
import { type Failure, failure } from '../protocol/error-codes.js';
import type { EventFields } from '../protocol/frames.js';

/** How an event ended. */
type Outcome =
  | { readonly value: unknown; readonly items: number; readonly failure?: undefined }
  | { readonly failure: Failure };

/** Structurally the engine's `Outcomes`, whose documentation says what may be relied on. */
export interface OutcomeStore {
  claim(key: string, content: string): { readonly state: 'claimed' | 'pending' | 'done' | 'conflict' };
  complete(key: string, outcome: Outcome): void | Promise<void>;
  release(key: string): void | Promise<void>;
  wait(key: string, callback: (outcome: Outcome | undefined) => void): void;
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

  constructor(ports: IdempotencyPorts) {
    this.#ports = ports;
  }

  /** Looks at the key of an admitted event, if it has one. @returns why it is refused, or undefined */
  claim(record: EventRecord, { type, key, data, idem }: EventFields): Failure | undefined {
    if (idem == null) return undefined;
    record.idem = { key: `${record.origin.identity ?? ''}\n${type}\n${idem}`, content: digest([key ?? null, data]) };
    return this.#claim(record, record.idem);
  }

  /** Takes in an accepted event: into its queue, or to wait for the outcome of the one it repeats. */
  enter(record: EventRecord): void {
    if (!record.isDuplicate) {
      this.#ports.enqueue(record);
      return;
    }
    const idem = record.idem as IdempotencyKey;
    const { clock, outcomes } = this.#ports;
    const { deadlineAtMs } = record;
    const timer =
      deadlineAtMs === 0
        ? undefined
        : clock.after(Math.max(0, deadlineAtMs - clock.nowMs()), () => this.#settle(record, { failure: tooLate }));
    outcomes.wait(idem.key, (outcome) => {
      timer?.clear();
      if (record.state !== 'waiting') return;
      if (outcome !== undefined) this.#settle(record, outcome);
      else this.#again(record, idem);
    });
  }

  /** Every event that has ended comes by here: what became of it is remembered, if that says something. */
  settled(record: EventRecord): void {
    if (record.idem === undefined || record.isDuplicate) return;
    const { key } = record.idem;
    const { outcomes, onFailed } = this.#ports;
    const { failure: why, result: value, items } = record;
    try {
      const answer = mayComeAgain(record)
        ? outcomes.release(key)
        : outcomes.complete(key, why === undefined ? { value, items } : { failure: why });
      if (answer instanceof Promise) answer.catch(onFailed);
    } catch (error) {
      onFailed(error);
    }
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
  failure('deadline_exceeded', 'its time passed while it waited for the outcome of the event it repeats'),
);
const itemsGone: Failure = Object.freeze(
  failure('out_of_range', 'the items of this stream were sent before, and are not kept', { started: 'maybe' }),
);

/** No handler saw it, or trying again is what its client was told to do, or it was a stream that nobody listened to. */
function mayComeAgain({ failure: why, items }: EventRecord): boolean {
  if (why === undefined) return false;
  return why.started === 'no' || why.retry === 'backoff' || (why.code === 'cancelled' && items >= 0);
}

const plainContentMax = 64;

/** Short content as it is, else its SHA-256. The order in which a map was written is no content. */
function digest(content: unknown): string {
  const text = JSON.stringify(content, inOrder);
  return text.length <= plainContentMax ? text : createHash('sha256').update(text).digest('base64');
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return value;
  const map = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(map)
      .sort()
      .map((key) => [key, map[key]]),
  );
}
