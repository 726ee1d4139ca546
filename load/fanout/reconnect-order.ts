/** What the client process of a reconnecting crowd is asked to do and what it answers: plain JSON. */

export interface ReconnectOrder {
  readonly port: number;
  /** Whose memory is read. */
  readonly serverPid: number;
  readonly clients: number;
  /** How long everything goes on before the cut, and after all are back. */
  readonly steadyMs: number;
  /** All have to be back after that, and again what was held for them has to have ended. */
  readonly withinMs: number;
}

/** What is missing, and what is not as it should be. All zero when nothing was lost. */
export interface ResumeFaults {
  /** Messages that never came, with no word of it. */
  messages: number;
  /** Messages announced as lost by a `gap`. */
  gaps: number;
  /** Numbers of reliable frames that were skipped. */
  frames: number;
  /** Reliable frames that came again. */
  again: number;
  /** Items that are missing, or not in their order. */
  items: number;
  /** Events without an outcome, or with another than they should have. */
  outcomes: number;
  /** Sessions that could not be taken up again. */
  sessions: number;
  /** Frames that nobody asked for, and errors. */
  unexpected: number;
}

/** All counts zero. */
export function noResumeFaults(): ResumeFaults {
  return { messages: 0, gaps: 0, frames: 0, again: 0, items: 0, outcomes: 0, sessions: 0, unexpected: 0 };
}

export interface ReconnectResult {
  /** From the cut until the last session was taken up again; undefined when some never were. */
  readonly resumedMs: number | undefined;
  /** Connections that were tried more than once. */
  readonly retried: number;
  /** Messages that came, and those that came again after the cut and were told by their offset. */
  readonly messages: number;
  readonly replayed: number;
  readonly items: number;
  readonly faults: ResumeFaults;
  readonly firstFault?: string;
  /** Resident memory of the server: at the cut, the most until all was over, and then. */
  readonly rss: { readonly beforeBytes: number; readonly peakBytes: number; readonly afterBytes: number };
  /** Share of a core the client process used while they came back. */
  readonly clientBusy: number;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly cutAtMs: number;
  readonly backAtMs: number;
  readonly endedAtMs: number;
}
