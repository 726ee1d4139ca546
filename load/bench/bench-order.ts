/** What a client process of a scenario is asked to do: plain JSON, since it crosses a process border. */
import type { Encoding } from '../client/order.js';
import type { Arrivals } from './arrivals.js';

/** One kind of event a group of clients sends. */
export interface EventKind {
  /** Name of its class in the report. */
  readonly name: string;
  readonly type: string;
  /** How often it is chosen, against the other kinds of the group. */
  readonly weight: number;
  readonly priority?: 'critical' | 'high' | 'normal' | 'low';
  readonly ttlMs?: number;
  /** Ordering keys per connection that its events go round; 0 for none. */
  readonly keys: number;
  /** Characters of filling in `data`. */
  readonly fillBytes: number;
  /** Fields of `data` besides its number and filling, such as how long the handler is to take. */
  readonly data: Readonly<Record<string, number>>;
  /** The handler is to take so long, drawn anew for each event, and tells how long it waited and took. */
  readonly service?: { readonly kind: 'deterministic' | 'exponential'; readonly meanMs: number };
  /** It is answered with a stream of so many items. */
  readonly items?: number;
  /** First allowance of that stream; it is pulled on by as much again whenever half is used. */
  readonly streamCredit?: number;
}

/** How a group of clients sets its pace. */
export type Pace =
  /** Open loop: events are due on a schedule, whatever becomes of those before. */
  | { readonly arrivals: Arrivals }
  /** Closed loop: so many events in flight on each connection. */
  | { readonly inFlight: number };

/** Clients that behave alike. */
export interface ClientGroup {
  readonly name: string;
  readonly connections: number;
  readonly kinds: readonly EventKind[];
  readonly pace: Pace;
  /** Bytes per second each of them reads; absent: all that comes. */
  readonly readBytesPerS?: number;
  /** Sends though it has no credit. */
  readonly ignoresCredit?: boolean;
  /** Its connections are opened together when the measured part begins, and each opening counts as an event. */
  readonly isStorm?: boolean;
  /**
   * Sends nothing that could not be answered in time any more, going by how long answers took lately. A client that
   * sends the oldest first would otherwise, under overload, send nothing but what is about to be too late.
   */
  readonly sparesTime?: boolean;
  /** Of what waits for credit the newest goes first: for events without an order. */
  readonly isNewestFirst?: boolean;
  /** The server is expected to close its connections: no defect. */
  readonly mayBeClosed?: boolean;
}

export interface BenchOrder {
  readonly host: string;
  readonly port: number;
  readonly encoding: Encoding;
  /** `raw`: bytes over plain sockets; `ws`: the package `ws`, slower, as real clients are. */
  readonly client: 'raw' | 'ws';
  /** `bare`: no hello, no credit. */
  readonly dialect: 'sluice' | 'bare';
  readonly seed: number;
  /** Not counted. */
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** How long outcomes are waited for at the end. */
  readonly drainMs: number;
  /** Outcomes later than this count as done, but not as goodput; 0 for no such deadline. */
  readonly deadlineMs: number;
  readonly groups: readonly ClientGroup[];
  /** Milliseconds between two looks at the credit of its sessions; absent: none. */
  readonly windowEveryMs?: number;
  /** This process does every `of`-th connection and arrival. */
  readonly worker: { readonly index: number; readonly of: number };
  /** The numbers of its events come after this one. */
  readonly numbersAfter: number;
  /** Events the ledger has room for. */
  readonly eventsMax: number;
  /** Where the client ledger goes; absent: none is kept. */
  readonly ledgerFile?: string;
}
