/** What a client acknowledges: frames with a number, kept until then, so that they can be sent again on another socket. */
import type { Payload } from './codec.js';
import type { Outbox } from './outbox.js';

export interface ReliableFrames {
  /** Some of what is kept has still to be sent on this socket: nothing may overtake it that belongs behind it. */
  readonly isResending: boolean;
  /** Numbers a frame and keeps it; it leaves at once, or behind those that are being sent again. */
  send(payload: Payload): void;
  /** The client has processed all up to this number: they are forgotten. */
  received(s: number): void;
  /** Whether everything behind this number is still here. */
  canResumeBehind(s: number): boolean;
  /** The client is back on another socket, and has processed all up to this number. */
  resend(outbox: Outbox, received: number): void;
  /** The socket has room: goes on sending again. */
  roomAgain(): void;
  /** The session has ended. */
  drop(): void;
}
