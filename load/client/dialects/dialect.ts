/**
 * How the client talks to one kind of server. A dialect says how an event is framed and how an answer is understood;
 * a talk leads one connection from the upgrade to its first event, and takes answers out of whatever they come in.
 */
import type { EventSpec } from '../event-frame.js';
import type { Encoding, LoadOrder } from '../order.js';

export interface Dialect {
  /** Path of the upgrade request. */
  readonly path: string;
  /** What to offer at the upgrade, if anything. */
  subprotocol(encoding: Encoding): string | undefined;
  /** Opcode of the messages that carry events. */
  opcode(encoding: Encoding): number;
  /**
   * One event: the whole payload of a message, or an element of an array of events. The id stands in it exactly twice,
   * for itself and in the data; `connectionMarker` where the server has to be told whose event it is.
   */
  event(spec: EventSpec, id: number): Buffer;
  /** Starts the talk on one connection. */
  talk(ports: TalkPorts): Talk;
  /** Decodes what a talk has handed over: a frame, or an array of them. @throws when it cannot be decoded */
  read(content: Buffer, encoding: Encoding): unknown;
  /** What a frame says. */
  hear(frame: unknown): Heard;
}

/** One connection, from the answered upgrade on. */
export interface Talk {
  /** The upgrade is answered: says what the server waits for, if it does. */
  begin(): void;
  /** Takes one message; the bytes are valid during the call only. */
  message(bytes: Buffer, start: number, end: number): void;
}

/** What a talk acts on. */
export interface TalkPorts {
  readonly order: Pick<LoadOrder, 'encoding' | 'framesPerMessage'>;
  /** Place of the connection among those of the loop. */
  readonly connection: number;
  /** Sends a whole WebSocket message. */
  send(message: Buffer): void;
  /** Events may be sent, as many as one likes. A dialect with credit leaves it to that. */
  ready(): void;
  /** Hands over an answer, to be checked. */
  content(bytes: Buffer, start: number, end: number): void;
  /** Something came that should not have. */
  undecodable(reason: string): void;
}

/** An answer to the event `id`. */
export interface Reply {
  readonly kind: 'reply';
  readonly id: number;
  readonly data: unknown;
}

/** What a server can say in a frame. */
export type Heard =
  | Reply
  | { readonly kind: 'refused'; readonly id: number | undefined }
  | { readonly kind: 'acknowledged'; readonly id: number }
  /** So many events may have been sent in all. */
  | { readonly kind: 'credit'; readonly max: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown'; readonly reason: string };
