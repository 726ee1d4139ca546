/**
 * Ready-made event messages, patched in place: many of them behind each other in one buffer, so that filling a
 * connection costs a few stores per event and one system call.
 */
import { clientMessage } from './client-message.js';
import { dialectOf } from './dialects/dialects.js';
import { connectionMarker, type EventSpec, keyMarker, markerDigits } from './event-frame.js';
import { type IdField, idField, idMin, positionsOf, writeDigits } from './id-field.js';
import type { IdSlots } from './id-slots.js';

/** Messages written at once at most. */
const messagesMax = 32;

export class EventBatch {
  readonly messagesMax = messagesMax;
  private readonly spec: EventSpec;
  private readonly field: IdField;
  private readonly idPositions: readonly number[];
  private readonly keyPosition: number;
  private readonly connectionPosition: number;
  private readonly eventBytes: number;
  private readonly firstEventAt: number;
  private readonly messageBytes: number;
  private readonly template: Buffer;
  private buffer!: Buffer;
  private views!: readonly Buffer[];
  private nextKey = 0;

  constructor(spec: EventSpec) {
    this.spec = spec;
    this.field = idField(spec.encoding);
    const dialect = dialectOf(spec.dialect);
    const event = dialect.event(spec, idMin);
    this.idPositions = positionsOf(this.field, event, idMin);
    if (this.idPositions.length !== 2) throw new Error(`expected the id twice, got ${this.idPositions.length}`);
    this.keyPosition = event.indexOf(keyMarker);
    this.connectionPosition = event.indexOf(connectionMarker);
    this.eventBytes = event.length;
    const body = spec.framesPerMessage === 1 ? event : arrayOf(spec, event);
    const message = clientMessage(dialect.opcode(spec.encoding), body);
    this.messageBytes = message.length;
    this.firstEventAt = message.indexOf(event);
    this.template = Buffer.concat(Array.from({ length: messagesMax }, () => message));
    this.renew();
  }

  /** Bytes of one event as sent, without the WebSocket header. */
  get bytesPerEvent(): number {
    return this.eventBytes;
  }

  /**
   * `messages` (1..`messagesMax`) messages of `framesPerMessage` events, each with an id taken from `slots`. The
   * bytes are overwritten by the next call, unless {@link renew} comes first.
   * @param connection whose events they are, where the dialect addresses them
   */
  write(messages: number, slots: IdSlots, connection = 0): Buffer {
    const { framesPerMessage } = this.spec;
    const step = this.eventBytes + (this.spec.encoding === 'json' ? 1 : 0);
    for (let message = 0; message < messages; message += 1) {
      let at = message * this.messageBytes + this.firstEventAt;
      for (let frame = 0; frame < framesPerMessage; frame += 1) {
        this.patch(at, slots.take(), connection);
        at += step;
      }
    }
    return this.views[messages - 1] ?? this.buffer;
  }

  /** Gives up the buffer, because a socket still holds it. */
  renew(): void {
    this.buffer = Buffer.from(this.template);
    this.views = Array.from({ length: messagesMax }, (_, index) =>
      this.buffer.subarray(0, (index + 1) * this.messageBytes),
    );
  }

  private patch(at: number, id: number, connection: number): void {
    for (const position of this.idPositions) this.field.write(this.buffer, at + position, id);
    if (this.connectionPosition >= 0) {
      writeDigits(this.buffer, at + this.connectionPosition + 1, connection, markerDigits);
    }
    if (this.keyPosition < 0) return;
    writeDigits(this.buffer, at + this.keyPosition + 1, this.nextKey, markerDigits);
    this.nextKey = this.nextKey + 1 === this.spec.keys ? 0 : this.nextKey + 1;
  }
}

function arrayOf(spec: EventSpec, event: Buffer): Buffer {
  const count = spec.framesPerMessage;
  if (spec.encoding === 'json') return Buffer.from(`[${Array.from({ length: count }, () => event).join(',')}]`);
  const head = count < 16 ? Buffer.of(0x90 | count) : Buffer.of(0xdc, count >> 8, count & 0xff);
  return Buffer.concat([head, ...Array.from({ length: count }, () => event)]);
}
