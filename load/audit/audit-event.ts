/** The words that client, handlers and self-test of an audited run share. */

/** What an event of an audited run carries; the handlers find in it what they write down. */
export interface AuditData {
  /** Unique in the run. */
  readonly n: number;
  /** The ordering key as a number; -1 for none. */
  readonly key: number;
  /** Counts the events of the key in the order they are sent, from 1; 0 without a key. */
  readonly keySequence: number;
  /** `audit.keyed`: how long it takes. */
  readonly ms?: number;
  /** `audit.stream`: how many items it yields. */
  readonly items?: number;
  /** `audit.fail`: how many attempts fail before one succeeds. */
  readonly failures?: number;
}

/** Attempts of `audit.fail`, the first included. */
export const failAttemptsMax = 3;

/** Any frame of the protocol. */
export interface Frame {
  readonly op: string;
  readonly [field: string]: unknown;
}
