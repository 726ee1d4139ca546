/**
 * What a client ledger holds: one row per event in columns of plain numbers, 30 bytes each, and a few short
 * lists for what is rare. Row 0 is the event `firstN`.
 */
import { StreamBreaks } from './stream-breaks.js';

/** Bits of the column `flags`. */
export const flag = {
  sent: 1,
  withId: 2,
  wantsAck: 4,
  mayExpire: 8,
  ackAfterOutcome: 16,
  itemAfterOutcome: 32,
} as const;

/** Arrays of one length, a row per event. Counts stop at 255. */
export interface LedgerColumns {
  readonly flags: Uint8Array;
  readonly attemptsMax: Uint8Array;
  readonly acks: Uint8Array;
  /** Successes, those of streams included. */
  readonly ends: Uint8Array;
  readonly errors: Uint8Array;
  /** Of the first `error`: 1 + its place in `failures`; 0 for none. */
  readonly failure: Uint8Array;
  readonly connection: Int32Array;
  readonly key: Int32Array;
  readonly keySequence: Int32Array;
  /** Items the stream was asked for; -1 where that is unknown, or no stream. */
  readonly itemsExpected: Int32Array;
  /** Highest item number that came or lay in a gap. */
  readonly itemsTold: Int32Array;
  /** What the end of the stream said; -1 when it did not come, or was no stream's. */
  readonly itemsEnded: Int32Array;
}

/** How an event failed. */
export interface FailureRow {
  readonly code: string;
  readonly reason: string | undefined;
  readonly started: string;
}

export interface LedgerState {
  readonly firstN: number;
  readonly columns: LedgerColumns;
  /** Rows up to the highest `n` that was sent. */
  used: number;
  /** All items of all streams. */
  itemsReceived: number;
  /** Events that were sent beyond the capacity, and are not in the ledger. */
  unrecorded: number;
  /** Events without an id that the gateway said it refused. */
  refusedWithoutId: number;
  foreignCount: number;
  /** The first of them, in words. */
  readonly foreign: string[];
  /** Each kind of failure once. */
  readonly failures: FailureRow[];
  /** Connection → close code. */
  readonly lost: Map<number, number>;
  readonly breaks: StreamBreaks;
}

export interface LedgerStateOptions {
  /** Events the ledger has room for. */
  readonly capacity: number;
  /** The lowest `n`. @default 1 */
  readonly firstN?: number;
}

/** @throws RangeError for a capacity that is no whole number from 1 */
export function createLedgerState({ capacity, firstN = 1 }: LedgerStateOptions): LedgerState {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new RangeError(`expected a capacity of 1 or more events, got ${capacity}`);
  }
  return {
    firstN,
    columns: {
      flags: new Uint8Array(capacity),
      attemptsMax: new Uint8Array(capacity),
      acks: new Uint8Array(capacity),
      ends: new Uint8Array(capacity),
      errors: new Uint8Array(capacity),
      failure: new Uint8Array(capacity),
      connection: new Int32Array(capacity),
      key: new Int32Array(capacity),
      keySequence: new Int32Array(capacity),
      itemsExpected: new Int32Array(capacity),
      itemsTold: new Int32Array(capacity),
      itemsEnded: new Int32Array(capacity),
    },
    used: 0,
    itemsReceived: 0,
    unrecorded: 0,
    refusedWithoutId: 0,
    foreignCount: 0,
    foreign: [],
    failures: [],
    lost: new Map(),
    breaks: new StreamBreaks(),
  };
}

/** The names of all columns, always in this order. */
export const columnNames = [
  'flags',
  'attemptsMax',
  'acks',
  'ends',
  'errors',
  'failure',
  'connection',
  'key',
  'keySequence',
  'itemsExpected',
  'itemsTold',
  'itemsEnded',
] as const satisfies readonly (keyof LedgerColumns)[];
