/** What a planted fault is: what it hits, what goes wrong there, and what the audit has to say about it. */
import type { Frame } from './audit-event.js';
import type { VerdictKind } from './verdict.js';

/** Groups of events in the self-test. `keyed` and `retried` are followed by another event of their key. */
export type EventGroup = 'plain' | 'acked' | 'silent' | 'keyed' | 'retried' | 'stream' | 'gapped';

/** An event as the faulty server sees it, enough to know whose turn it is. */
export interface FaultTask {
  readonly n: number;
  readonly key: number;
  readonly connection: number;
}

/** What a fault on the wire may do besides. */
export interface Wire {
  /** Sends to another connection. */
  elsewhere(frame: Frame): void;
  /** Sends to this one when all else is done. */
  later(frame: Frame): void;
  /** Ends the connection without a close frame. */
  cut(): void;
}

/** Sees each frame about each event once the target has arrived, and says what is sent in its place. */
export type Tamper = (frame: Frame, task: FaultTask, target: FaultTask, wire: Wire) => readonly Frame[];

/**
 * What the server itself does wrong with the target: `ignore` does not even read it, `skip` never runs it, `unrun`
 * answers without running it, `run-twice` calls its handler twice, `wrong-line` writes another event of the key down,
 * `phantom` also runs what nobody sent, `refuse` says after the run that there was none, `yield` lets the next event
 * of the key go first, `yield-retry` does so before the second attempt, `retry-more` goes on after the last attempt.
 * `uncounted` and `counted-twice` speak of its outcome in the counters.
 */
export type Misdeed =
  | 'ignore'
  | 'skip'
  | 'unrun'
  | 'run-twice'
  | 'wrong-line'
  | 'phantom'
  | 'refuse'
  | 'yield'
  | 'yield-retry'
  | 'retry-more'
  | 'uncounted'
  | 'counted-twice';

export interface Fault {
  readonly name: string;
  readonly expected: VerdictKind;
  /** Findings there have to be besides. */
  readonly also?: readonly VerdictKind[];
  readonly on: EventGroup;
  readonly misdeed?: Misdeed;
  /** Makes a fresh one for each run. */
  readonly tamper?: () => Tamper;
}
