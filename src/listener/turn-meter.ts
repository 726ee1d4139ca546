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

/** What one sender has had handled within a turn. */
export interface TurnCount {
  turn: number;
  frames: number;
  bytes: number;
}

/**
 * Whether one more message of `bytes` may be handled in this turn; its bytes are counted. The first of a turn always
 * may, so the bounds are passed by one message at most. O(1).
 */
export function admits(count: TurnCount, bounds: TurnBounds, bytes: number): boolean {
  const turn = bounds.turn.now();
  if (turn !== count.turn) {
    count.turn = turn;
    count.frames = 0;
    count.bytes = 0;
  } else if (count.frames >= bounds.framesMax || count.bytes >= bounds.bytesMax) return false;
  count.bytes += bytes;
  return true;
}

export class TurnMeter implements TurnCount {
  turn = 0;
  frames = 0;
  bytes = 0;
  readonly #bounds: TurnBounds;

  constructor(bounds: TurnBounds) {
    this.#bounds = bounds;
  }

  /** As the function of that name. */
  admits(bytes: number): boolean {
    return admits(this, this.#bounds, bytes);
  }

  /** Counts the frames of an admitted message. */
  count(frames: number): void {
    this.frames += frames;
  }
}
