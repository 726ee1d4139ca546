/** What went over the wire of a client, whatever connections it had: each frame it sent and each that came, in order. */
import type { Frame } from './audit-event.js';

/** One thing that happened. `at` orders what happened to all clients of a run. */
export type WireRecord =
  | { readonly kind: 'sent' | 'got'; readonly at: number; readonly frame: Frame }
  /** The connection ended, by whichever side but the client's own wish. */
  | { readonly kind: 'lost'; readonly at: number; readonly code: number };

const recordsMax = 500_000;

/** The wire of one client. Frames are handed over. */
export class WireHistory {
  /** Counted from 0 in its run. */
  readonly client: number;
  readonly records: WireRecord[] = [];
  /** What came when there was no room. */
  dropped = 0;
  readonly #run: WireRun;

  constructor(client: number, run: WireRun) {
    this.client = client;
    this.#run = run;
  }

  /** Before the frame is handed to a socket, every time it is. */
  sent(frame: Frame): void {
    this.#add({ kind: 'sent', at: this.#run.nextAt(), frame });
  }

  got(frame: Frame): void {
    this.#add({ kind: 'got', at: this.#run.nextAt(), frame });
  }

  lost(code: number): void {
    this.#add({ kind: 'lost', at: this.#run.nextAt(), code });
  }

  #add(record: WireRecord): void {
    if (this.records.length === recordsMax) this.dropped += 1;
    else this.records.push(record);
  }
}

/** The wires of all clients of a run, in one process, and when its gateway was started anew. */
export class WireRun {
  readonly histories: WireHistory[] = [];
  /** What the gateway held in memory is gone since. */
  readonly restarts: number[] = [];
  #at = 0;
  #n = 0;

  addClient(): WireHistory {
    const history = new WireHistory(this.histories.length, this);
    this.histories.push(history);
    return history;
  }

  /** The gateway is about to be started anew. */
  restarted(): void {
    this.restarts.push(this.nextAt());
  }

  nextAt(): number {
    this.#at += 1;
    return this.#at;
  }

  /** A number for an event or a subscription, unique in the run, from 1. */
  nextN(): number {
    this.#n += 1;
    return this.#n;
  }

  /** The highest number given. */
  get lastN(): number {
    return this.#n;
  }
}
