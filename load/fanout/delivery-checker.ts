/**
 * Checks every message one subscriber gets: the offset is the one behind the last. The first message is decoded and
 * compared whole, and so is one in a thousand; of the rest the offset is read at its place, since decoding them would
 * cost more than sending them.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { benchCodec, type Frame } from '../bench/bench-codec.js';
import type { Encoding } from '../client/order.js';
import { messageData, messageIndex, topicName } from './fanout-message.js';
import type { DeliveryFaults } from './fanout-order.js';
import { arrayHeaderBytes, frameShape } from './frame-shape.js';

/** What the subscribers of one run share. */
export interface DeliverySink {
  readonly faults: DeliveryFaults;
  /** Keeps the first fault in words. */
  note(fault: string): void;
  /** The next offset of a topic has come to one of its subscribers. */
  delivered(topic: number, offset: number): void;
  /** A message was decoded. */
  parsed: number;
}

export interface CheckerOptions {
  readonly encoding: Encoding;
  /** Place of its topic among the topics. */
  readonly topic: number;
  readonly topics: number;
  /** The subscription is open. */
  readonly onSubscribed: () => void;
}

/** A message with such an offset is decoded. */
const sampleMask = 1023;
/** Offsets that are kept in mind because they may yet come. */
const missingMax = 10_000;
/** What {@link DeliveryChecker} found in a message it had no need to decode. */
const all = -1;

const bytesOf = { colon: 0x3a, comma: 0x2c, open: 0x5b, close: 0x5d, brace: 0x7d, zero: 0x30, nine: 0x39, m: 0x6d };
/** The last letter of `offset`, where it is a key in MessagePack. */
const lastOfKey = 0x74;

export class DeliveryChecker {
  /** The newest offset that came. */
  last = 0;
  private readonly sink: DeliverySink;
  private readonly options: CheckerOptions;
  private readonly isJson: boolean;
  /** 0 as long as the shape of a frame is not known. */
  private head = 0;
  private tail = 0;
  private word = 0;
  private readonly missing = new Set<number>();

  constructor(sink: DeliverySink, options: CheckerOptions) {
    this.sink = sink;
    this.options = options;
    this.isJson = options.encoding === 'json';
  }

  /** Takes one message of the server, which may be an array. Costs tens of nanoseconds for each delivery. */
  message(bytes: Buffer, start: number, end: number): void {
    const taken = this.head === 0 ? 0 : this.isJson ? this.walkJson(bytes, start, end) : this.walk(bytes, start, end);
    if (taken !== all) this.parse(bytes.subarray(start, end), taken);
  }

  /** @returns how many frames were as they should be, before one that has to be looked at */
  private walkJson(bytes: Buffer, start: number, end: number): number {
    const isArray = bytes[start] === bytesOf.open;
    let at = isArray ? start + 1 : start;
    for (let taken = 0; ; taken += 1) {
      let place = at + this.head;
      if (bytes[at + this.word] !== bytesOf.m || bytes[place - 1] !== bytesOf.colon) return taken;
      let offset = 0;
      let byte = bytes[place] ?? 0;
      while (byte >= bytesOf.zero && byte <= bytesOf.nine) {
        offset = offset * 10 + byte - bytesOf.zero;
        place += 1;
        byte = bytes[place] ?? 0;
      }
      at = place + this.tail;
      if (byte !== bytesOf.comma || bytes[at - 1] !== bytesOf.brace || (offset & sampleMask) === 0) return taken;
      const isLast = isArray ? bytes[at] === bytesOf.close && at + 1 === end : at === end;
      if (!isLast && !(isArray && bytes[at] === bytesOf.comma)) return taken;
      this.take(offset);
      if (isLast) return all;
      at += 1;
    }
  }

  /** The same in MessagePack. */
  private walk(bytes: Buffer, start: number, end: number): number {
    const header = arrayHeaderBytes(bytes[start] ?? 0);
    const frames = header === 0 ? 1 : header === 1 ? (bytes[start] ?? 0) & 0x0f : bytes.readUInt16BE(start + 1);
    let at = start + header;
    for (let taken = 0; taken < frames; taken += 1) {
      let place = at + this.head;
      if (bytes[at + this.word] !== bytesOf.m || bytes[place - 1] !== lastOfKey) return taken;
      let offset = bytes[place] ?? 0;
      if (offset >= 0x80) {
        const size = offset === 0xcc ? 1 : offset === 0xcd ? 2 : offset === 0xce ? 4 : 0;
        if (size === 0 || place + size >= end) return taken;
        offset = bytes.readUIntBE(place + 1, size);
        place += size;
      }
      at = place + 1 + this.tail;
      if (at > end || (offset & sampleMask) === 0 || (taken === frames - 1) !== (at === end)) return taken;
      this.take(offset);
    }
    return all;
  }

  /** @param taken frames of an array that were taken already */
  private parse(bytes: Buffer, taken: number): void {
    this.sink.parsed += 1;
    let frames: readonly Frame[];
    try {
      frames = benchCodec(this.options.encoding).decode(bytes);
    } catch {
      this.fault('undecodable', `a message that does not decode: ${bytes.toString('latin1').slice(0, 100)}`);
      return;
    }
    if (this.head === 0 && frames[0]?.op === 'message') this.learn(bytes);
    for (let at = taken; at < frames.length; at += 1) this.frame(frames[at]);
  }

  private learn(bytes: Buffer): void {
    const shape = frameShape(bytes, this.options.encoding);
    if (shape === undefined) return;
    this.head = shape.head;
    this.tail = shape.tail;
    this.word = shape.word;
  }

  private frame(frame: Frame | undefined): void {
    switch (frame?.op) {
      case 'message':
        this.compare(frame);
        return;
      case 'subscribed':
        if (frame.offset !== 0) this.fault('wrong', `a topic that is not new: ${inWords(frame)}`);
        this.options.onSubscribed();
        return;
      case 'gap':
        this.skip(frame);
        return;
      case 'error':
        this.fault('refused', `refused: ${inWords(frame)}`);
        return;
      case 'welcome':
      case 'credit':
      case 'ping':
        return;
      default:
        this.fault('wrong', `a frame nobody asked for: ${inWords(frame)}`);
    }
  }

  private compare({ topic: name, offset, data, ...frame }: Frame): void {
    const { topic, topics } = this.options;
    const place = Number(offset);
    const expected = messageData(messageIndex(topic, place, topics));
    if (name !== topicName(topic) || !isDeepStrictEqual(data, expected)) {
      this.fault('wrong', `another message than was published: ${inWords({ ...frame, topic: name, offset, data })}`);
    }
    this.take(place);
  }

  /** A loss that is announced: what is behind it is next. */
  private skip(frame: Frame): void {
    this.fault('gaps', `a gap: ${inWords(frame)}`, Number(frame.count));
    this.advance(Number(frame.to));
  }

  private take(offset: number): void {
    if (offset !== this.last + 1) {
      this.outOfTurn(offset);
      return;
    }
    this.last = offset;
    this.sink.delivered(this.options.topic, offset);
  }

  private outOfTurn(offset: number): void {
    const words = `${topicName(this.options.topic)}: expected offset ${this.last + 1}, got ${offset}`;
    if (offset > this.last + 1) {
      for (let at = this.last + 1; at < offset && this.missing.size < missingMax; at += 1) this.missing.add(at);
      this.fault('missing', words, offset - this.last - 1);
      this.advance(offset);
      return;
    }
    if (!this.missing.delete(offset)) {
      this.fault('duplicate', words);
      return;
    }
    this.sink.faults.missing -= 1;
    this.fault('late', words);
  }

  /** What is skipped counts as delivered, or the loop would wait for it. */
  private advance(to: number): void {
    while (this.last < to) {
      this.last += 1;
      this.sink.delivered(this.options.topic, this.last);
    }
  }

  private fault(kind: keyof DeliveryFaults, words: string, count = 1): void {
    this.sink.faults[kind] += count;
    this.sink.note(words);
  }
}

/** Any decoded value on one line, cut to a readable length. */
function inWords(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY }).slice(0, 300);
}
