/** One event on its way: what is sent of it, who hears of its outcome, and how far it has got. */
import type { Linked } from '../collections/linked-list.js';
import type { Overflow } from '../protocol/frames.js';
import { levelOf, type Priority } from '../protocol/priorities.js';
import type { RetryBounds } from './bounds.js';
import type { Encoded } from './encoding.js';
import type { SluiceError } from './sluice-error.js';

/** Who hears what becomes of an event. One of `end` and `failed` is called, once, and nothing after it. */
export interface Receiver {
  /** It has left for the first time. */
  left(): void;
  item(n: number, data: unknown, key: string | undefined): void;
  gap(from: number, to: number, count: number, reason: 'dropped' | 'conflated'): void;
  /** @param items how many there were, on the end of a stream */
  end(data: unknown, items: number | undefined): void;
  /** @param isAtOnce its own side ended it: what has come and is not read is not wanted either */
  failed(error: SluiceError, isAtOnce?: boolean): void;
}

/** What an event is made of. */
export interface OperationParts {
  readonly id: number;
  readonly type: string;
  readonly data: Encoded | undefined;
  /** Measures the data, where it matters. */
  readonly byteLength: (data: Encoded) => number;
  readonly key: string | undefined;
  readonly priority: Priority | undefined;
  readonly idem: string | undefined;
  readonly trace: string | undefined;
  /** Items allowed at first; only of streams. */
  readonly credit: number | undefined;
  readonly overflow: Overflow | undefined;
  /** On the clock of `performance.now`; 0 for none. */
  readonly deadlineAtMs: number;
  readonly retry: RetryBounds | undefined;
  readonly receiver: Receiver;
}

/** The level of events that say nothing. */
const normalLevel = levelOf.normal;

export class Operation implements Linked<Operation> {
  readonly id: number;
  readonly type: string;
  readonly data: Encoded | undefined;
  readonly key: string | undefined;
  readonly priority: Priority | undefined;
  readonly level: number;
  readonly idem: string | undefined;
  readonly trace: string | undefined;
  readonly credit: number | undefined;
  readonly overflow: Overflow | undefined;
  readonly deadlineAtMs: number;
  readonly retry: RetryBounds | undefined;
  readonly receiver: Receiver;
  readonly #byteLength: (data: Encoded) => number;
  #bytes = -1;
  queueHome: unknown = undefined;
  queuePrevious: Operation | undefined = undefined;
  queueNext: Operation | undefined = undefined;
  /** Which of the session's frames with an id it was, from 1; 0 while it has not been sent. */
  sentAt = 0;
  /** Times it was sent, but for those that were lost on their way. */
  attempts = 0;
  hasLeft = false;
  /** Its place among all that have left, as of the first time, or of its last retry; 0 before. */
  order = 0;
  /** It was sent in a session that was lost, and nobody knows what became of it there. */
  mayHaveBegun = false;
  /** When it was first refused, for the bound on retries. */
  refusedAtMs = 0;
  /** Items its client allows; absolute, as in `pull`. */
  allowed = 0;
  hasItems = false;
  /** Nobody waits for it any more, and the gateway has been asked to end it. */
  isCancelled = false;
  /** Undoes what was arranged for its end: its signal, say. */
  release: (() => void) | undefined = undefined;

  constructor(parts: OperationParts) {
    this.id = parts.id;
    this.type = parts.type;
    this.data = parts.data;
    this.key = parts.key;
    this.priority = parts.priority;
    this.level = parts.priority === undefined ? normalLevel : levelOf[parts.priority];
    this.idem = parts.idem;
    this.trace = parts.trace;
    this.credit = parts.credit;
    this.overflow = parts.overflow;
    this.deadlineAtMs = parts.deadlineAtMs;
    this.retry = parts.retry;
    this.receiver = parts.receiver;
    this.#byteLength = parts.byteLength;
    this.allowed = parts.credit ?? 0;
  }

  /** Of the data, as encoded. Measured when it is first asked for, as only of what waits it is. */
  get bytes(): number {
    if (this.#bytes < 0) this.#bytes = this.data === undefined ? 0 : this.#byteLength(this.data);
    return this.#bytes;
  }

  /** Whether the handler may have seen it. */
  get started(): 'no' | 'maybe' {
    return this.sentAt > 0 || this.mayHaveBegun ? 'maybe' : 'no';
  }

  /** It uses none of the session's credit. */
  get isCritical(): boolean {
    return this.level === 0;
  }
}
