/**
 * Something that does so many things at once and no more, as a database with a few connections does: what comes beyond
 * waits in it, in order, and takes the longer. What it can do may be changed while it works.
 */
const waitingMax = 65_536;

export class Capacity {
  #atOnce = 16;
  #ms = 10;
  #busy = 0;
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /**
   * From now on.
   * @param {number} atOnce how many, 1 or more
   * @param {number} ms how long each of them takes
   */
  set(atOnce, ms) {
    this.#atOnce = Math.max(1, atOnce);
    this.#ms = ms;
    this.#next();
  }

  /**
   * Resolves when one piece of work is done. One that still waits when the signal fires is taken out.
   * @param {AbortSignal} signal
   * @returns {Promise<void>} rejects when too much waits, or when the signal fires first
   */
  work(signal) {
    if (this.#waiting.size >= waitingMax) return Promise.reject(new Error(`expected at most ${waitingMax} to wait`));
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener('abort', leave);
        this.#busy += 1;
        setTimeout(() => {
          this.#busy -= 1;
          resolve();
          this.#next();
        }, this.#ms);
      };
      const leave = () => {
        this.#waiting.delete(begin);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(begin);
      this.#next();
    });
  }

  #next() {
    for (const begin of this.#waiting) {
      if (this.#busy >= this.#atOnce) return;
      this.#waiting.delete(begin);
      begin();
    }
  }
}
