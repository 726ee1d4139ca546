/** The faults of sessions and topics that the self-test plants, one in a run, and what the audit has to say of each. */
import type { VerdictKind } from './verdict.js';

/** Name → the kind of finding there has to be, and words of it: of the rule that is broken, and not of what follows. */
export const resumeFaults = {
  'leave out a numbered frame': ['lost', 'expected the numbers'],
  'send a numbered frame twice': ['duplicated', 'expected numbers above'],
  'swap two numbered frames': ['reordered', 'in its turn, got it after'],
  'number a frame that is not reliable': ['unexpected', 'expected no number s'],
  'leave the number of a frame out': ['unexpected', 'expected a number s'],
  'send again what was acknowledged': ['duplicated', 'expected numbers above'],
  'leave out the first that was not acknowledged': ['lost', 'expected the numbers'],
  'send again in another order': ['reordered', 'in its turn, got it after'],
  'send something else under an old number': ['unexpected', 'as it was'],
  'resume another session': ['unexpected', 'as if it were resumed'],
  'welcome twice': ['unexpected', 'expected one welcome'],
  'replay a part of a session that is gone': ['unexpected', 'nothing of a session that was not resumed'],
  'go on counting in a new session': ['lost', 'expected the numbers'],
  'claim to have received more than was sent': ['unexpected', 'frames received by the session'],
  'count an event as received and forget it': ['lost', 'expected one outcome, got none'],
  'count an event less than were received, and run it again': [
    'duplicated',
    'expected one call for attempt 1, got another',
  ],
  'forget an operation in a cut': ['lost', 'expected one outcome, got none'],
  'close a client that did nothing wrong': ['unexpected', 'expected no reason to close'],
  'run an event again under its idempotency key': ['duplicated', 'expected one call for attempt 1, got another'],
  'answer duplicates without saying so': ['unexpected', 'a duplicate first'],
  'answer a duplicate with something else': ['unexpected', 'expected the '],
  'call an event a duplicate that is none': ['unexpected', 'no duplicate of what was sent once'],
  'say it never started, after it ran in another session': ['unexpected', 'says it never started, got one'],
  'leave out an item in a cut': ['lost', 'expected items'],
  'send an item again after a cut': ['duplicated', 'once, got it'],
  'send items beyond the credit': ['unexpected', 'as its credit allows'],
  'leave out a message': ['lost', 'expected offsets'],
  'send a message twice': ['duplicated', 'expected offsets above'],
  'send an old message again': ['duplicated', 'expected offsets above'],
  'swap two messages': ['reordered', 'in its turn, got it after'],
  'send a message with other data': ['unexpected', 'expected what was published'],
  'send a message under another key': ['unexpected', 'expected what was published'],
  'send a message of a topic nobody asked for': ['unexpected', 'expected a topic'],
  'send messages beyond the credit': ['unexpected', 'as the credit allows'],
  'send a message after the end': ['unexpected', 'nothing after the end'],
  'drop messages without a gap': ['lost', 'expected offsets'],
  'tell a gap behind its messages': ['unexpected', 'before what lies behind it'],
  'count too many into a gap': ['unexpected', 'to count'],
  'conflate more than the gap says': ['lost', 'as the gap of them'],
  'conflate less than the gap says': ['unexpected', 'as the gap of them'],
  'tell a gap over what has come': ['unexpected', 'got one over what had come'],
  'go on too late after a cut': ['lost', 'expected offsets'],
  'go on elsewhere and call it recovered': ['unexpected', 'since it says to be recovered'],
  'leave a hole and call it recovered': ['lost', 'expected offsets'],
  'expire messages and call it recovered': ['unexpected', 'no hole where it says to be recovered'],
  'send older messages where it was not recovered': ['unexpected', 'expected nothing up to'],
  'open a subscription twice': ['unexpected', 'one answer to a subscribe'],
  'leave a subscription behind': ['lost', 'which is confirmed at'],
  'confirm a message and lose it': ['lost', 'expected offsets'],
  'publish a message twice': ['duplicated', 'in one place'],
  'confirm another place': ['unexpected', 'confirmed'],
} as const satisfies Readonly<Record<string, readonly [kind: VerdictKind, says: string]>>;

export type ResumeFault = keyof typeof resumeFaults;

/** All names. */
export const resumeFaultNames = Object.keys(resumeFaults) as readonly ResumeFault[];

/** One fault or none, which is done at the first opportunity. */
export class ResumePlan {
  /** Whether it was done. */
  isPlanted = false;
  /** It was done for once: connections are not cut any more, since another cut might heal what is not seen yet. */
  isQuiet = false;
  /** No session is going to be forgotten any more, with which an outcome would come in the end all the same. */
  isCalm = false;
  readonly #fault: ResumeFault | undefined;

  constructor(fault?: ResumeFault) {
    this.#fault = fault;
  }

  /** An opportunity for a fault. @returns whether to do it now */
  strikes(fault: ResumeFault): boolean {
    if (fault !== this.#fault || this.isPlanted) return false;
    this.isPlanted = true;
    this.isQuiet = true;
    return true;
  }

  /** The same for what only counts in a session that goes on. */
  strikesCalm(fault: ResumeFault): boolean {
    return this.isCalm && this.strikes(fault);
  }

  /** Every opportunity. */
  strikesAll(fault: ResumeFault): boolean {
    if (fault !== this.#fault) return false;
    this.isPlanted = true;
    return true;
  }
}
