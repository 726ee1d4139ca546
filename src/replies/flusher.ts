/**
 * When outboxes are written. A reply to the socket that is being read leaves at once: its read is corked already, and
 * still is while the handlers' promises of that read resolve. Everything else of a turn of the event loop is gathered,
 * and leaves in one cork per socket when the turn ends.
 */

/** An outbox as the flusher sees it. */
export interface Flushable {
  flush(): void;
}

export class Flusher {
  /** The outbox whose socket is being read, if any. */
  reading: Flushable | undefined = undefined;
  #gathered: Flushable[] = [];
  #isTurnEndSet = false;
  readonly #endTurn = (): void => {
    this.#isTurnEndSet = false;
    this.reading = undefined;
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const outbox of gathered) outbox.flush();
  };

  /** A message of this outbox's socket is about to be handled. */
  startReading(outbox: Flushable): void {
    this.reading = outbox;
    this.#setTurnEnd();
  }

  /** The outbox has frames to write when the turn ends. Call once per outbox and turn. */
  gather(outbox: Flushable): void {
    this.#gathered.push(outbox);
    this.#setTurnEnd();
  }

  #setTurnEnd(): void {
    if (this.#isTurnEndSet) return;
    this.#isTurnEndSet = true;
    setImmediate(this.#endTurn);
  }
}
