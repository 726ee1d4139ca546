/**
 * Rules on resumable sessions: reliable frames are numbered 1, 2, … in each, without a hole and without a repetition but
 * for what a resume sends again, which is what the client had not said to have, unchanged; and what belongs to a session
 * that could not be resumed does not come in another. What is left when repetitions are taken away goes to other rules.
 */
import type { Frame } from './audit-event.js';
import type { Findings } from './findings.js';
import { covered, type Range, without } from './ranges.js';
import type { WireHistory, WireRecord } from './wire-history.js';

/** One thing that happened to a client, each once: frames that a resume repeats are left out. */
export type SessionStep =
  | { readonly kind: 'sent' | 'got'; readonly at: number; readonly frame: Frame }
  /** The client was welcomed. With `isResumed` everything goes on, else what was open in the session before is gone. */
  | { readonly kind: 'opened'; readonly at: number; readonly isResumed: boolean };

/** Frames that are numbered; errors are when they have an id. */
const reliable: ReadonlySet<string> = new Set(['ack', 'item', 'end', 'subscribed', 'gap']);
/** Closing codes that say the client did wrong. */
const stopFirst = 4000;
const stopLast = 4099;
/** Of one's own older connection. */
const resumedElsewhere = 4009;

/** Walks through what one client saw. Only for clients that ask for resumable sessions. */
export function auditSessions(history: WireHistory, findings: Findings): SessionStep[] {
  const follower = new SessionFollower(history.client, findings);
  for (const record of history.records) follower.record(record);
  follower.connectionEnded();
  if (history.dropped > 0) {
    findings.add(
      'indeterminate',
      `client ${history.client}: expected room for its history, got ${history.dropped} more`,
    );
  }
  return follower.steps;
}

class SessionFollower {
  readonly steps: SessionStep[] = [];
  readonly #client: number;
  readonly #findings: Findings;
  /** All sessions until now. */
  readonly #sessions = new Set<string>();
  /** Id → the session it was used in, counted from 1. */
  readonly #idSessions = new Map<unknown, number>();
  /** What came numbered, as JSON, but for what no resume may send again. */
  #kept = new Map<number, string>();
  #session = '';
  #sessionCount = 0;
  #claim: { readonly session: string; readonly received: number } | undefined = undefined;
  /** What the client said to have, as it took the session up. */
  #claimed = 0;
  /** Highest number of the session, and of the connection. */
  #highest = 0;
  #last = 0;
  #missing: Range[] = [];
  /** Frames with an id that were sent in the session. */
  #sentCount = 0;
  #isWelcomed = false;

  constructor(client: number, findings: Findings) {
    this.#client = client;
    this.#findings = findings;
  }

  record(record: WireRecord): void {
    if (record.kind === 'lost') this.#lost(record.code);
    else if (record.kind === 'sent') this.#sent(record.at, record.frame);
    else this.#got(record.at, record.frame);
  }

  /** What has not come until now will not come on this connection: a hole. */
  connectionEnded(): void {
    for (const [from, to] of this.#missing) {
      this.#add('lost', `expected the numbers ${from} to ${to} of session ${this.#session}, got what lies behind them`);
    }
    this.#missing = [];
  }

  #lost(code: number): void {
    this.connectionEnded();
    this.#isWelcomed = false;
    if (code < stopFirst || code > stopLast || code === resumedElsewhere) return;
    this.#add('unexpected', `expected no reason to close a client that keeps to the protocol, got ${code}`);
  }

  #sent(at: number, frame: Frame): void {
    if (frame.op === 'hello') {
      const { resume } = frame;
      this.#claim = typeof resume === 'object' ? (resume as { session: string; received: number }) : undefined;
    } else if (frame.id !== undefined) {
      this.#sentCount += 1;
      if (frame.op === 'event' || frame.op === 'subscribe') this.#idSessions.set(frame.id, this.#sessionCount);
      this.steps.push({ kind: 'sent', at, frame });
    }
  }

  #got(at: number, frame: Frame): void {
    if (frame.op === 'welcome') this.#welcome(at, frame);
    else if (!this.#isWelcomed) this.#add('unexpected', `expected a welcome first, got ${shown(frame)}`);
    else if (this.#isNew(frame) && this.#isOfThisSession(frame)) this.steps.push({ kind: 'got', at, frame });
  }

  #welcome(at: number, frame: Frame): void {
    const session = String(frame.session);
    const received = Number(frame.received);
    const isResumed = frame.resumed === true;
    if (this.#isWelcomed) this.#add('unexpected', `expected one welcome on a connection, got ${shown(frame)}`);
    this.#isWelcomed = true;
    if (isResumed) this.#resumed(session, received);
    else this.#fresh(session, received);
    this.#sentCount = received;
    this.steps.push({ kind: 'opened', at, isResumed });
  }

  #resumed(session: string, received: number): void {
    const claim = this.#claim;
    if (claim === undefined || claim.session !== session) {
      const asked = claim === undefined ? 'a new session' : `session ${claim.session}`;
      this.#add('unexpected', `expected ${asked}, got session ${session} as if it were resumed`);
    }
    if (received > this.#sentCount) {
      this.#add('unexpected', `expected at most ${this.#sentCount} frames received by the session, got ${received}`);
    }
    this.#claimed = claim?.received ?? 0;
    this.#last = this.#claimed;
    for (const s of this.#kept.keys()) if (s <= this.#claimed) this.#kept.delete(s);
  }

  #fresh(session: string, received: number): void {
    if (this.#sessions.has(session)) this.#add('unexpected', `expected a new session, got ${session} again`);
    if (received !== 0) this.#add('unexpected', `expected a new session to have received 0 frames, got ${received}`);
    this.#sessions.add(session);
    this.#session = session;
    this.#sessionCount += 1;
    this.#kept = new Map();
    this.#claimed = 0;
    this.#highest = 0;
    this.#last = 0;
  }

  /** Checks its number. @returns false for one that a resume sent again, or that should not have come */
  #isNew(frame: Frame): boolean {
    const { s } = frame;
    const isReliable = reliable.has(frame.op) || (frame.op === 'error' && frame.id !== undefined);
    if (!isReliable || typeof s !== 'number') {
      if (isReliable) this.#add('unexpected', `expected a number s, got ${shown(frame)}`);
      else if (s !== undefined) this.#add('unexpected', `expected no number s, got ${shown(frame)}`);
      return true;
    }
    this.#numbered(s, frame);
    if (s <= this.#highest) return this.#repeated(s, frame);
    this.#highest = s;
    this.#kept.set(s, JSON.stringify(frame));
    return true;
  }

  #numbered(s: number, frame: Frame): void {
    if (s === this.#last + 1) this.#last = s;
    else if (s > this.#last) {
      this.#missing.push([this.#last + 1, s - 1]);
      this.#last = s;
    } else if (covered(this.#missing, [s, s]) === 1) {
      this.#missing = without(this.#missing, [s, s]);
      this.#add('reordered', `expected number ${s} in its turn, got it after ${this.#last}`);
    } else this.#add('duplicated', `expected numbers above ${this.#last}, got ${shown(frame)}`);
  }

  /** @returns whether it is new all the same, since it comes out of its turn */
  #repeated(s: number, frame: Frame): boolean {
    const before = this.#kept.get(s);
    const now = JSON.stringify(frame);
    if (before === undefined && s > this.#claimed) {
      this.#kept.set(s, now);
      return true;
    }
    if (before !== undefined && before !== now) {
      this.#add('unexpected', `expected number ${s} as it was, ${before.slice(0, 120)}, got ${shown(frame)}`);
    }
    return false;
  }

  #isOfThisSession(frame: Frame): boolean {
    const { id } = frame;
    if (id === undefined) return true;
    const session = this.#idSessions.get(id);
    if (session === this.#sessionCount) return true;
    const expected = session === undefined ? 'ids that were used' : 'nothing of a session that was not resumed';
    this.#add('unexpected', `expected ${expected}, got ${shown(frame)}`);
    return false;
  }

  #add(kind: Parameters<Findings['add']>[0], message: string): void {
    this.#findings.add(kind, `client ${this.#client}: ${message}`);
  }
}

function shown(frame: Frame): string {
  return JSON.stringify(frame).slice(0, 200);
}
