/**
 * MQTT 3.1.1 in binary messages. Each connection is subscribed to a topic of its own name and publishes its events
 * there with QoS 0; what comes back is the event as it was sent.
 */
import { clientMessage, opcodes } from '../client-message.js';
import { connectionMarker, connectionName, eventFrame } from '../event-frame.js';
import type { Dialect, Talk, TalkPorts } from './dialect.js';
import { hearEcho, readFrames } from './frames.js';
import { PacketStream } from './packet-stream.js';

/** First bytes of packets (MQTT 3.1.1 section 2.2): type, and the flags each type has to have. */
const packets = { connect: 0x10, connack: 0x20, publish: 0x30, subscribe: 0x82, suback: 0x90 } as const;

const lengthBytesMax = 4;
const refusedSubscription = 0x80;

export const mqtt: Dialect = {
  path: '/mqtt',
  subprotocol: () => 'mqtt',
  opcode: () => opcodes.binary,
  event: (spec, id) => packet(packets.publish, text(connectionMarker), eventFrame(spec, id)),
  talk: (ports) => new MqttTalk(ports),
  read: readFrames,
  hear: hearEcho,
};

class MqttTalk implements Talk {
  private readonly ports: TalkPorts;
  private readonly stream = new PacketStream((bytes, start, end) => this.cut(bytes, start, end));
  private readonly topic: Buffer;

  constructor(ports: TalkPorts) {
    this.ports = ports;
    this.topic = text(connectionName(ports.connection));
  }

  begin(): void {
    const clean = 2;
    // Level 4 is 3.1.1; no one has to prove that it is alive within 0 seconds, which means never.
    const settings = Buffer.of(4, clean, 0, 0);
    this.send(packet(packets.connect, text('MQTT'), settings, this.topic));
  }

  message(bytes: Buffer, start: number, end: number): void {
    this.stream.push(bytes, start, end);
  }

  private cut(bytes: Buffer, start: number, end: number): number {
    let at = start;
    for (;;) {
      let lengthAt = at + 1;
      let length = 0;
      let more = true;
      for (let shift = 0; more && lengthAt < end; shift += 7, lengthAt += 1) {
        if (lengthAt - at > lengthBytesMax) throw new Error('expected a length of four bytes at most');
        const byte = bytes[lengthAt] ?? 0;
        length |= (byte & 0x7f) << shift;
        more = (byte & 0x80) !== 0;
      }
      if (more || lengthAt + length > end) return at;
      this.take(bytes, at, lengthAt, lengthAt + length);
      at = lengthAt + length;
    }
  }

  /** Takes one packet, whose body is `start` to `end`. */
  private take(bytes: Buffer, at: number, start: number, end: number): void {
    const first = bytes[at];
    if (first === packets.publish && this.isOwnTopic(bytes, start, end)) {
      this.ports.content(bytes, start + this.topic.length, end);
    } else if (first === packets.connack && bytes[start + 1] === 0) {
      this.send(packet(packets.subscribe, Buffer.of(0, 1), this.topic, Buffer.of(0)));
    } else if (first === packets.suback && bytes[end - 1] !== refusedSubscription) {
      this.ports.ready();
    } else {
      this.ports.undecodable(
        `expected a packet the load client knows, got ${bytes.toString('hex', at, end).slice(0, 80)}`,
      );
    }
  }

  private isOwnTopic(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < this.topic.length) return false;
    for (let index = 0; index < this.topic.length; index += 1) {
      if (bytes[start + index] !== this.topic[index]) return false;
    }
    return true;
  }

  private send(bytes: Buffer): void {
    this.ports.send(clientMessage(opcodes.binary, bytes));
  }
}

/** A whole packet: its first byte, the length of what follows, and that. */
function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.of(first, ...length), body]);
}

/** Text with its length before it. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
