/** The numbers of one session's credit. Only admission changes them; see `admission/credit-ledger.ts` for the rules. */
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
