/**
 * When outboxes are written. A reply to the socket that is being read leaves at once: its read is corked already, and
 * still is while the handlers' promises of that read resolve. Everything else of a turn of the event loop is gathered,
 * and leaves in one cork per socket when the turn ends.
 */

import type { LoopTurn } from '../model/loop-turn.js';

/** An outbox as the flusher sees it. */
export interface Flushable {
  flush(): void;
}

export class Flusher {
  /** The outbox whose socket is being read, if any. */
  reading: Flushable | undefined = undefined;
  readonly #turn: LoopTurn;
  #gathered: Flushable[] = [];

  constructor(turn: LoopTurn) {
    this.#turn = turn;
    turn.onEnd(() => this.#endTurn());
  }

  /** A message of this outbox's socket is about to be handled. */
  startReading(outbox: Flushable): void {
    this.#turn.now();
    this.reading = outbox;
  }

  /** The outbox has frames to write when the turn ends. Call once per outbox and turn. */
  gather(outbox: Flushable): void {
    this.#turn.now();
    this.#gathered.push(outbox);
  }

  #endTurn(): void {
    this.reading = undefined;
    if (this.#gathered.length === 0) return;
    const gathered = this.#gathered;
    this.#gathered = [];
    for (const outbox of gathered) outbox.flush();
  }
}
