/** What a client process is asked to do and what it answers: plain JSON, since both cross a process border. */

/** How the client talks to a server; each has a file in `dialects/`. */
export type DialectName = 'sluice' | 'bare' | 'socketio' | 'nats' | 'mqtt';

export type Encoding = 'json' | 'msgpack';

/** `small`: the whole event is 128 bytes as JSON. `kilobyte`: 1 KB as MessagePack, half numbers, half bytes. */
export type PayloadName = 'small' | 'kilobyte';

/** What a closed loop sends, whichever server it is measured against. */
export interface SocketLoad {
  readonly encoding: Encoding;
  readonly payload: PayloadName;
  /** Event type. */
  readonly type: string;
  readonly connections: number;
  /** Events outstanding per connection. */
  readonly inFlight: number;
  /**
   * When set, so many events are outstanding over all connections together, and each reply lets the *next*
   * connection send: all of them take part, few at a time.
   */
  readonly inFlightTotal?: number;
  /** 1, or how many events go into one array message. Must divide `inFlight`. */
  readonly framesPerMessage: number;
  /** How many ordering keys the events go round, over all connections; 0 sends none. */
  readonly keys: number;
}

/** One measurement: a closed loop against one server. */
export interface LoadOrder extends SocketLoad {
  readonly port: number;
  /** Whose CPU time is read. */
  readonly serverPid: number;
  readonly dialect: DialectName;
  /** At least; the window starts when, besides, as many events are done as can be in flight. */
  readonly warmUpMs: number;
  /** Long enough for the tick of the CPU clock not to matter: 2000 or more for figures. */
  readonly windowMs: number;
  /** How long the last replies may take. */
  readonly drainMs: number;
}

/** What went wrong, counted. All zero in a run that may be believed. */
export interface Faults {
  /** Never answered. */
  lost: number;
  /** Answers to an id that was not open: a second answer, or one nobody asked for. */
  unexpected: number;
  /** Answered with other data than was sent. */
  wrong: number;
  /** Answered by an `error` frame. */
  refused: number;
  /** Connections that ended while they were needed. */
  closed: number;
  /** Messages that are no frame of the protocol. */
  undecodable: number;
}

/** Whether anything at all went wrong. */
export function hasFault(faults: Faults): boolean {
  return Object.values(faults).some((count) => count !== 0);
}

/** What one measurement found. */
export interface LoadResult {
  /** Replies checked inside the window. */
  readonly events: number;
  readonly elapsedNs: number;
  /** User and system time of all threads of the server, inside the window. */
  readonly serverCpuNs: number;
  readonly clientCpuNs: number;
  /** How many cores the hypervisor and other processes kept busy meanwhile: 0 is a quiet machine. */
  readonly foreignShare: number;
  /** Replies over the whole run that had to be parsed, since they were not byte-equal to the expected one. */
  readonly parsedReplies: number;
  readonly faults: Faults;
  /** The first thing that went wrong, in words. */
  readonly firstFault?: string;
}

/** All counts zero. */
export function noFaults(): Faults {
  return { lost: 0, unexpected: 0, wrong: 0, refused: 0, closed: 0, undecodable: 0 };
}
