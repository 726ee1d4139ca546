/** The bounds a client works within, as they are when its options have been checked. */

/** What may wait in the client. */
export interface OutboundBounds {
  readonly items: number;
  /** Of the events' data, as encoded. */
  readonly bytes: number;
}

/** How often, and for how long, something refused is asked for again. */
export interface RetryBounds {
  /** Times in all. */
  readonly attempts: number;
  readonly withinMs: number;
}

/** The waits before attempts to connect, in milliseconds. */
export interface BackoffBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How a lost connection is made anew. */
export interface ReconnectBounds extends BackoffBounds {
  /** Attempts in a row; undefined for as many as it takes. */
  readonly attempts: number | undefined;
}
