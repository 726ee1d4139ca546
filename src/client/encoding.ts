/** How frames become messages: what the client knows of JSON and MessagePack. */
import type { ClientFrame, EventFields } from '../protocol/frames.js';
import type { Subprotocol } from '../protocol/limits.js';

/** One encoded value or message: a text for JSON, bytes for MessagePack. */
export type Encoded = string | Uint8Array;

type Extras = Omit<EventFields, 'type' | 'data' | 'ack' | 'id'>;

/** The fields of an event but its data. Its id is a number, and it asks for no `ack`. */
export type EventHead = { readonly type: string; readonly id: number } & {
  readonly [Name in keyof Extras]: Extras[Name] | undefined;
};

/** An encoding, as `connect` takes it. */
export interface Encoding {
  readonly subprotocol: Subprotocol;
  /** The data of an event; undefined where there is none. @throws what encoding it throws */
  data(value: unknown): Encoded | undefined;
  /** An `event` frame of these fields, and of data that is encoded already. */
  event(fields: EventHead, data: Encoded | undefined): Encoded;
  frame(frame: ClientFrame): Encoded;
  /** Several encoded frames as one message. */
  array(frames: readonly Encoded[]): Encoded;
  /** Bytes it takes on the wire. */
  byteLength(encoded: Encoded): number;
  /** What a message holds. @throws when it is none */
  decode(message: string | Uint8Array): unknown;
}
