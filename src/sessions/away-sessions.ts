/**
 * Sessions whose clients are away. Each may be taken up again until its time is over; all are given the same time, so
 * the first of them is always the next to end.
 */
import type { Session } from './session.js';

export class AwaySessions {
  readonly #sessions = new Set<Session>();
  readonly #onEnd: (session: Session) => void;

  /** @param onEnd told of each that ends here; it is not among them any more */
  constructor(onEnd: (session: Session) => void) {
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#sessions.size;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }

  add(session: Session, untilMs: number): void {
    session.awayUntilMs = untilMs;
    this.#sessions.add(session);
  }

  /** Its client is back. */
  delete(session: Session): void {
    session.awayUntilMs = 0;
    this.#sessions.delete(session);
  }

  /** Ends those whose time is over. */
  expire(nowMs: number): void {
    for (const session of this.#sessions) {
      if (session.awayUntilMs > nowMs) return;
      this.#end(session);
    }
  }

  /** Ends the one that is away the longest. @returns false when there is none */
  endFirst(): boolean {
    for (const session of this.#sessions) {
      this.#end(session);
      return true;
    }
    return false;
  }

  endAll(): void {
    for (const session of this.#sessions) this.#end(session);
  }

  #end(session: Session): void {
    this.delete(session);
    this.#onEnd(session);
  }
}
