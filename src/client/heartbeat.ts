/**
 * Finds out that the gateway cannot be heard any more. The gateway's own pings are answered below the client, unseen,
 * so the client asks for a sign of life itself when it has heard nothing for half of the keep-alive.
 */

export interface HeartbeatParts {
  /** From `welcome`. */
  readonly keepAliveMs: number;
  /** Asks for a sign of life. */
  readonly ping: () => void;
  /** Nothing came in answer. */
  readonly onSilence: () => void;
}

/** Milliseconds an answer may take, at most. */
const answerMsMax = 5000;
/** A look that comes so late, in milliseconds, was slept through: the machine, or the page, stood still. */
const sleptMs = 2000;

export class Heartbeat {
  /** Set by whoever hears something. */
  isHeard = true;
  readonly #parts: HeartbeatParts;
  readonly #lookMs: number;
  readonly #answerMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  /** When the timer is to go off. */
  #dueAtMs = 0;
  #isPinged = false;
  #wasLate = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    // So that what is not heard for half of it is asked for by then.
    this.#lookMs = Math.max(1, parts.keepAliveMs / 4);
    this.#answerMs = Math.min(answerMsMax, parts.keepAliveMs / 2);
    this.#wait(this.#lookMs);
  }

  /** Asks at once, whatever was heard: the network may have changed. */
  probe(): void {
    this.isHeard = false;
    this.#isPinged = true;
    this.#parts.ping();
    this.#wait(this.#answerMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#dueAtMs = performance.now() + ms;
    this.#timer = setTimeout(() => this.#look(), ms);
  }

  #look(): void {
    const isLate = performance.now() - this.#dueAtMs > sleptMs;
    if (this.isHeard) {
      this.isHeard = false;
      this.#isPinged = false;
      this.#wasLate = false;
      this.#wait(this.#lookMs);
    } else if (this.#isPinged && !(isLate && !this.#wasLate)) this.#parts.onSilence();
    else {
      // Asked again, but once: a page in the background is late every time.
      this.#wasLate = isLate;
      this.probe();
    }
  }
}
