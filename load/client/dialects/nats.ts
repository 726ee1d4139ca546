/**
 * NATS, its text protocol in binary messages. Each connection is subscribed to a subject of its own name and publishes
 * its events there; what comes back is the event as it was sent.
 */
import { clientMessage, opcodes } from '../client-message.js';
import { connectionMarker, connectionName, eventFrame } from '../event-frame.js';
import type { Dialect, Talk, TalkPorts } from './dialect.js';
import { hearEcho, readFrames } from './frames.js';
import { PacketStream } from './packet-stream.js';

const subscription = 1;
const lineEnd = '\r\n';
const [carriageReturn, lineFeed, zero] = [0x0d, 0x0a, 0x30];

export const nats: Dialect = {
  path: '/',
  subprotocol: () => undefined,
  opcode: () => opcodes.binary,
  event(spec, id) {
    const frame = eventFrame(spec, id);
    const head = `PUB ${connectionMarker} ${frame.length}${lineEnd}`;
    return Buffer.concat([Buffer.from(head), frame, Buffer.from(lineEnd)]);
  },
  talk: (ports) => new NatsTalk(ports),
  read: readFrames,
  hear: hearEcho,
};

class NatsTalk implements Talk {
  private readonly ports: TalkPorts;
  private readonly stream = new PacketStream((bytes, start, end) => this.cut(bytes, start, end));
  /** What every message to this connection starts with; its size follows. */
  private readonly head: Buffer;
  private isGreeted = false;

  constructor(ports: TalkPorts) {
    this.ports = ports;
    this.head = Buffer.from(`MSG ${connectionName(ports.connection)} ${subscription} `);
  }

  begin(): void {
    // The server speaks first.
  }

  message(bytes: Buffer, start: number, end: number): void {
    this.stream.push(bytes, start, end);
  }

  private cut(bytes: Buffer, start: number, end: number): number {
    let at = start;
    for (;;) {
      const next = startsWith(bytes, at, end, this.head) ? this.published(bytes, at, end) : this.line(bytes, at, end);
      if (next === at) return at;
      at = next;
    }
  }

  /** Takes `MSG subject sid size`, and so many bytes. @returns `at` when they are not there yet */
  private published(bytes: Buffer, at: number, end: number): number {
    let digit = at + this.head.length;
    let size = 0;
    for (; digit < end && bytes[digit] !== carriageReturn; digit += 1) size = size * 10 + (bytes[digit] ?? 0) - zero;
    const start = digit + lineEnd.length;
    const next = start + size + lineEnd.length;
    if (!(size >= 0)) throw new Error('expected the size of a message, got something else');
    if (next > end) return at;
    if (!isLineEnd(bytes, digit) || !isLineEnd(bytes, next - lineEnd.length)) {
      throw new Error(`expected ${size} bytes between two ends of a line, got something else`);
    }
    this.ports.content(bytes, start, start + size);
    return next;
  }

  /** Takes a line of any other kind. @returns `at` when it is not there yet */
  private line(bytes: Buffer, at: number, end: number): number {
    const lineAt = bytes.subarray(at, end).indexOf(lineEnd);
    if (lineAt === -1) return at;
    this.say(bytes.toString('latin1', at, at + lineAt));
    return at + lineAt + lineEnd.length;
  }

  private say(line: string): void {
    if (line === 'PING') this.send('PONG');
    else if (line === 'PONG') this.ports.ready();
    else if (line.startsWith('INFO ')) this.greet();
    else if (line !== '+OK') this.ports.undecodable(`expected a line the load client knows, got ${line.slice(0, 80)}`);
  }

  /** The answer to the PING comes when the subscription is there. */
  private greet(): void {
    if (this.isGreeted) return;
    this.isGreeted = true;
    const subject = connectionName(this.ports.connection);
    this.send('CONNECT {"verbose":false,"pedantic":false}', `SUB ${subject} ${subscription}`, 'PING');
  }

  private send(...lines: readonly string[]): void {
    const text = lines.map((line) => line + lineEnd).join('');
    this.ports.send(clientMessage(opcodes.binary, Buffer.from(text)));
  }
}

function isLineEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === carriageReturn && bytes[at + 1] === lineFeed;
}

function startsWith(bytes: Buffer, at: number, end: number, head: Buffer): boolean {
  if (end - at < head.length) return false;
  for (let index = 0; index < head.length; index += 1) if (bytes[at + index] !== head[index]) return false;
  return true;
}
