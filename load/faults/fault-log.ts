/** What was done to which connection, so that a failing seed can be explained. No times: they differ from run to run. */
import type { Direction } from './faults.js';

/**
 * - `shape`: the faults that hold from here on, `detail` has them as JSON
 * - `reset`, `halfClose`, `blackHole`, `stall`, `cut`, `refuse`: the faults of these names
 * - `cutAll`: cut by the call
 * - `end`: the sender's own end was passed on; `lost`: a peer reset its connection, and so is the other side
 * - `unreachable`: the server could not be connected to, and the client got a RST
 */
export type FaultName =
  | 'shape'
  | 'reset'
  | 'halfClose'
  | 'blackHole'
  | 'stall'
  | 'cut'
  | 'refuse'
  | 'cutAll'
  | 'end'
  | 'lost'
  | 'unreachable';

export interface FaultLogEntry {
  /** Counted from 1 in the order of arrival, refused ones included. */
  readonly connection: number;
  /** Undefined for what befalls the connection as a whole. */
  readonly direction: Direction | undefined;
  /** Bytes passed on in that direction when it happened; 0 without a direction. */
  readonly offset: number;
  readonly fault: FaultName;
  readonly detail?: string;
}

/** The last so many entries are kept. */
export const logEntriesMax = 1000;

export class FaultLog {
  readonly #entries: FaultLogEntry[] = [];

  /** The oldest first. */
  get entries(): readonly FaultLogEntry[] {
    return this.#entries;
  }

  add(entry: FaultLogEntry): void {
    if (this.#entries.length === logEntriesMax) this.#entries.shift();
    this.#entries.push(entry);
  }
}
