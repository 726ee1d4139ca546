/**
 * Counts what one sender had handled within one turn of the event loop, in frames and in bytes. Past a bound it says
 * no until the turn ends. It allocates nothing: this runs for every message.
 */
import type { LoopTurn } from '../model/loop-turn.js';

/** What one sender may have handled within one turn. */
export interface TurnBounds {
  readonly turn: LoopTurn;
  readonly framesMax: number;
  readonly bytesMax: number;
}

export class TurnMeter {
  readonly #bounds: TurnBounds;
  #turn = 0;
  #frames = 0;
  #bytes = 0;

  constructor(bounds: TurnBounds) {
    this.#bounds = bounds;
  }

  /**
   * Whether one more message of `bytes` may be handled in this turn; its bytes are counted. The first of a turn always
   * may, so the bounds are passed by one message at most. O(1).
   */
  admits(bytes: number): boolean {
    const bounds = this.#bounds;
    const turn = bounds.turn.now();
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#frames = 0;
      this.#bytes = 0;
    } else if (this.#frames >= bounds.framesMax || this.#bytes >= bounds.bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Counts the frames of an admitted message. */
  count(frames: number): void {
    this.#frames += frames;
  }
}
