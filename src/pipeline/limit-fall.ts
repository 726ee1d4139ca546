/**
 * Whose fault it is that attempts take longer: when slots fall and latency falls with them, they queued; when it does
 * not, the backend got slower. Without that distinction a slower backend would be given fewer and fewer slots; and a
 * baseline that simply follows latency would follow it in overload as well.
 */

/** Part to which the slots must have fallen before it is asked whether latency follows. */
const askedAt = 0.7;
/** Beyond this ratio latencies are taken for timeouts, which are the same however few run and so are no evidence. */
const evidenceMax = 32;
/** By how much latency has to rise from one window of a fall to the next, for the first to have been a mixed one. */
const mixedBelow = 1.15;
/** Windows in a row after which the first does not matter any more. */
const windowsSure = 3;
/** Windows with harm at the least slots there may be, after which the baseline is given up. */
const floorWindows = 3;

/** One window with harm: its slots, and the time it took over the time expected. */
interface HarmfulWindow {
  readonly slots: number;
  readonly ratio: number;
  readonly isLeast: boolean;
}

/** What a fall of the limit shows: windows that did harm, from the first on. */
export class LimitFall {
  /** The limit where this fall began. */
  from = 0;
  #isOn = false;
  /** Where latency was last compared. */
  #slots = 0;
  #ratio = 1;
  #windows = 0;
  /** Times that latency did not follow, one after the other. */
  #strikes = 0;
  #floor = 0;

  /** It is over: a window without harm, or all is new. */
  end(): void {
    this.#isOn = false;
    this.#floor = 0;
  }

  /** A window that neither did harm nor had room to grow: what was seen does not count, where it began does. */
  pause(): void {
    this.#windows = 0;
    this.#strikes = 0;
    this.#floor = 0;
  }

  /**
   * One more window with harm, at `limit`. @returns `queueing`; or `elsewhere` when the backend got slower, and the
   * limit belongs back to {@link from}; or `lost` when there is nothing lower to compare with
   */
  add(window: HarmfulWindow, limit: number): 'queueing' | 'elsewhere' | 'lost' {
    const { slots, ratio } = window;
    if (!this.#isOn) {
      this.#isOn = true;
      this.from = limit;
      this.#windows = 0;
      this.#compareWith(window, 0);
    }
    this.#windows += 1;
    this.#floor = window.isLeast ? this.#floor + 1 : 0;
    if (this.#floor > floorWindows && Number.isFinite(ratio)) return 'lost';
    if (ratio > evidenceMax) return 'queueing';
    const isAtFloor = this.#floor > 1 && this.#strikes > 0;
    if (slots > askedAt * this.#slots && !isAtFloor) {
      // Worse with hardly fewer slots: the window before saw only part of it, and says nothing.
      if (ratio > mixedBelow * this.#ratio) {
        this.#compareWith(window, 0);
        this.#windows = 1;
      }
      return 'queueing';
    }
    // Queueing falls in proportion to the slots, all else not at all: half way is the border.
    const isFollowing = !isAtFloor && Math.log(this.#ratio / ratio) >= 0.5 * Math.log(this.#slots / slots);
    const strikes = this.#strikes + 1;
    // A change fell into the first window of most falls, so a single comparison with that one proves nothing.
    const isSure = strikes > 1 || (this.#windows > windowsSure && ratio < mixedBelow * this.#ratio);
    this.#compareWith(window, isFollowing ? 0 : strikes);
    return isFollowing || !isSure ? 'queueing' : 'elsewhere';
  }

  #compareWith(window: HarmfulWindow, strikes: number): void {
    this.#slots = window.slots;
    this.#ratio = window.ratio;
    this.#strikes = strikes;
  }
}
