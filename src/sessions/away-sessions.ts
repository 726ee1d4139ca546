/**
 * Sessions whose clients are away. Each may be taken up again until its time is over; all are given the same time, so
 * the first of them is always the next to end.
 */
import type { Clock, Timer } from '../model/clock.js';
import type { Session } from './session.js';

export class AwaySessions {
  readonly #sessions = new Set<Session>();
  readonly #clock: Clock;
  readonly #onEnd: (session: Session) => void;
  /** For the first of them. */
  #timer: Timer | undefined = undefined;

  /** @param onEnd told of each that ends here; it is not among them any more */
  constructor(clock: Clock, onEnd: (session: Session) => void) {
    this.#clock = clock;
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
    if (this.#timer === undefined) this.#wait(untilMs);
  }

  /** Its client is back. */
  delete(session: Session): void {
    session.awayUntilMs = 0;
    this.#sessions.delete(session);
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

  close(): void {
    this.#timer?.clear();
  }

  /** Ends those whose time is over. */
  #expire(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.nowMs();
    for (const session of this.#sessions) {
      if (session.awayUntilMs > nowMs) {
        this.#wait(session.awayUntilMs);
        return;
      }
      this.#end(session);
    }
  }

  #wait(untilMs: number): void {
    this.#timer?.clear();
    this.#timer = this.#clock.after(Math.max(1, untilMs - this.#clock.nowMs()), () => this.#expire());
  }

  #end(session: Session): void {
    this.delete(session);
    this.#onEnd(session);
  }
}
