/** What the rooms behind the codec know of it: bytes in, frames out, and the hot frames by template. */
import type { Id, ServerFrame } from '../protocol/frames.js';

/** One encoded frame or message: a string for JSON, bytes for MessagePack. Owns its memory. */
export type Payload = string | Uint8Array;

export interface Codec {
  readonly name: 'json' | 'msgpack';
  readonly isBinary: boolean;
  /**
   * One message → a frame, a `BadFrame`, or an array of these. `bytes` are only valid during the call; nothing
   * returned refers to them. @throws UndecodableError
   */
  decode(bytes: ArrayBuffer): unknown;
  frame(frame: ServerFrame): Payload;
  /** `items` −1 leaves `n` out; `data` undefined leaves `data` out. @throws what encoding the value throws */
  end(id: Id, data: unknown, items: number): Payload;
  /** @throws what encoding the value throws */
  item(id: Id, n: number, data: unknown, key: string | undefined): Payload;
  ack(id: Id): Payload;
  /** A published message, as every subscriber without credit gets it. @throws what encoding the data throws */
  message(topic: string, offset: number, data: unknown, key: string | undefined): Payload;
  /** An encoded frame, which must be a map of at most 14 fields, with one more field at its end. */
  extended(payload: Payload, field: 's' | 'id', value: Id): Payload;
  /** Packs encoded frames into one message without encoding them again. */
  array(payloads: readonly Payload[]): Payload;
  /** Bytes it takes in memory; exact for bytes, the length in UTF-16 units for strings. */
  byteLength(payload: Payload): number;
}
