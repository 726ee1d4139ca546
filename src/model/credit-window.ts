/** Credit: the numbers of one session, and what is said about them. Only admission changes them; its ledger has the rules. */
export class CreditWindow {
  /** Events received under this credit, refused ones included. */
  sent = 0;
  /** Of those, how many are over. */
  finished = 0;
  /** Absolute count of events the client was last told it may have sent. */
  max: number;
  /** Events the client may have outstanding, as far as room lasts: what `max` is raised towards. */
  target: number;
  isOpen = true;
  /** An event came since the last sweep; and when that sweep was that last saw one. */
  isUsed = false;
  /** It was lowered as no event came, and none has come since. */
  isIdle = false;
  usedAtMs: number;
  /** The higher `max` still honoured after it was lowered, until `graceUntilMs`; 0 when none. */
  honoured = 0;
  graceUntilMs = 0;
  /** How many were finished at a moment some time ago, from which the pace of the session is told; and that moment. */
  markFinished = 0;
  markMs: number;

  constructor(first: number, nowMs: number) {
    this.target = first;
    this.max = first;
    this.usedAtMs = nowMs;
    this.markMs = nowMs;
  }
}

/** What a pipeline says about the credit of the sessions whose events it has. It may change with every event. */
export interface CreditAdvice {
  /** Nothing speaks against telling clients to send more. */
  readonly mayGrow: boolean;
  /** Part of what is under way that would be right: below 1 windows shrink to it. */
  readonly scale: number;
  /** Events under way that are any session's fair share: windows do not shrink below it. */
  readonly share: number;
}
