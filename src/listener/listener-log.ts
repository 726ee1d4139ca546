/** Where the listener tells what went wrong: a part of what every structured logger offers. */
export interface ListenerLog {
  /** A defect of ours: nothing a client may do should lead here. */
  error(fields: object, message: string): void;
}
