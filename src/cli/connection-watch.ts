/** Looks at how the connection is: tells when it is lost and when it is back, and that there has been none for too long. */
import { type Client, SluiceError } from '../client.js';

export interface ConnectionWatchOptions {
  readonly client: Client;
  readonly url: string;
  /** Milliseconds until the first connection. */
  readonly firstMs: number;
  /** Milliseconds without a connection later on; undefined for as long as it takes. */
  readonly laterMs: number | undefined;
  readonly note: (text: string) => void;
  /** There has been no connection for too long. */
  readonly onNone: (error: SluiceError) => void;
}

export class ConnectionWatch {
  readonly #options: ConnectionWatchOptions;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** Why there is none; empty when nothing has gone wrong. */
  #why = '';
  #openedAtMs = 0;

  constructor(options: ConnectionWatchOptions) {
    this.#options = options;
    this.#missing();
    options.client.state$.subscribe((state) => {
      if (state.status === 'open') this.#open(state.continuity);
      else if (state.status === 'waiting') this.#waiting(state.why);
      else if (state.status === 'draining')
        options.note('the gateway shuts down; new events wait for the next connection');
      else if (state.status === 'closed') this.stop();
    });
  }

  /** When the first connection opened, on the clock of `performance.now`; 0 when there was none. */
  get openedAtMs(): number {
    return this.#openedAtMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #open(continuity: 'new' | 'resumed' | 'lost'): void {
    this.stop();
    this.#timer = undefined;
    this.#openedAtMs ||= performance.now();
    if (this.#why !== '') this.#options.note(openTexts[continuity]);
    this.#why = '';
  }

  #waiting(why: string): void {
    this.#missing();
    // Attempts follow each other quickly; one line says it for all that fail alike.
    if (why !== this.#why) this.#options.note(`${why}; trying again`);
    this.#why = why;
  }

  #missing(): void {
    const { firstMs, laterMs, url, onNone } = this.#options;
    const ms = this.#openedAtMs === 0 ? firstMs : laterMs;
    if (this.#timer !== undefined || ms === undefined) return;
    this.#timer = setTimeout(() => {
      const why = this.#why === '' ? '' : `: ${this.#why}`;
      const message = `expected a connection to ${url} within ${ms} ms, got none${why}`;
      const started = this.#openedAtMs === 0 ? 'no' : 'maybe';
      onNone(new SluiceError({ code: 'unavailable', message, retry: 'no', started }));
    }, ms);
  }
}

const openTexts = Object.freeze({
  new: 'connected',
  resumed: 'connected again: nothing was lost',
  lost: 'connected again: the session was lost',
});
