/**
 * One listener for each signal, however many calls it was given to: a signal with a listener for each of them would be
 * warned about in Node, and is slow to take listeners from.
 */

interface Watched {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

export class AbortWatch {
  readonly #watched = new Map<AbortSignal, Watched>();

  /** Calls back when the signal, which has not fired, does. @returns what undoes it */
  add(signal: AbortSignal, onAbort: () => void): () => void {
    const watched = this.#watched.get(signal) ?? this.#watch(signal);
    watched.callbacks.add(onAbort);
    return () => {
      if (!watched.callbacks.delete(onAbort) || watched.callbacks.size > 0) return;
      signal.removeEventListener('abort', watched.listener);
      this.#watched.delete(signal);
    };
  }

  #watch(signal: AbortSignal): Watched {
    const callbacks = new Set<() => void>();
    const listener = () => {
      this.#watched.delete(signal);
      for (const onAbort of callbacks) onAbort();
    };
    signal.addEventListener('abort', listener, { once: true });
    const watched = { callbacks, listener };
    this.#watched.set(signal, watched);
    return watched;
  }
}
