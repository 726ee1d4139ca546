/** How the connection is, for those who look now and those who want to hear of changes; and those who wait for it. */
import { Observable, type Subscriber } from 'rxjs';
import type { ConnectionState } from './api.js';
import { Awaited } from './awaited.js';
import { sluiceError } from './sluice-error.js';

export class StateSubject {
  readonly state$: Observable<ConnectionState>;
  readonly #observers = new Set<Subscriber<ConnectionState>>();
  #state: ConnectionState = { status: 'connecting', attempt: 1 };
  #ready: Awaited | undefined = undefined;

  constructor() {
    this.state$ = new Observable((subscriber) => {
      // Before it is told anything: it may end the client at once.
      this.#observers.add(subscriber);
      const { status } = this.#state;
      subscriber.next(this.#state);
      if (status === 'closed') subscriber.complete();
      return () => this.#observers.delete(subscriber);
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Resolves when it is open; rejects when it is closed. */
  get ready(): Promise<void> {
    const { status } = this.#state;
    if (status === 'open') return Promise.resolve();
    if (status === 'closed') return Promise.reject(closed(this.#state));
    this.#ready ??= new Awaited();
    return this.#ready.promise;
  }

  set(state: ConnectionState): void {
    const { status } = this.#state;
    if (status === 'closed' || (status === 'connecting' && state.status === status && state.attempt === 1)) return;
    this.#state = state;
    if (state.status === 'open' || state.status === 'closed') {
      const ready = this.#ready;
      this.#ready = undefined;
      if (state.status === 'open') ready?.resolve();
      else ready?.reject(closed(state));
    }
    for (const observer of [...this.#observers]) observer.next(state);
    if (state.status === 'closed') for (const observer of [...this.#observers]) observer.complete();
  }
}

function closed(state: ConnectionState) {
  const error = state.status === 'closed' ? state.error : undefined;
  return error ?? sluiceError('cancelled', 'the client is closed');
}
