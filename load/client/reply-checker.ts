/**
 * Checks every reply against its request. The first reply is parsed and compared by value; its bytes, with the id's
 * places marked, become the pattern for all others, whatever order of fields the server chose. A reply that differs
 * from the pattern in a single byte is parsed again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Dialect, Reply } from './dialects/dialect.js';
import { dialectOf } from './dialects/dialects.js';
import { type EventSpec, eventData } from './event-frame.js';
import { type IdField, idField, idMax, idMin, positionsOf } from './id-field.js';

/** What a checker reports about one connection's messages. */
export interface ReplySink {
  /** Answered, and the answer is what was sent. */
  finished(id: number): void;
  /** Answered with other data. */
  wrong(id: number, got: unknown): void;
  /** An `error` frame; `id` is absent for a summary. */
  refused(id: number | undefined, frame: unknown): void;
  acknowledged(id: number): void;
  /** `max` events may have been sent: from `welcome` or `credit`. */
  credit(max: number): void;
  undecodable(reason: string): void;
}

const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;

export class ReplyChecker {
  /** Replies that went through the parser. */
  parsed = 0;
  private readonly spec: EventSpec;
  private readonly dialect: Dialect;
  private readonly field: IdField;
  private readonly isJson: boolean;
  private pattern: Buffer | undefined;
  private idAt = 0;
  private sequenceAt = 0;

  constructor(spec: EventSpec) {
    this.spec = spec;
    this.dialect = dialectOf(spec.dialect);
    this.field = idField(spec.encoding);
    this.isJson = spec.encoding === 'json';
  }

  /** Takes one message of the server: a frame, or an array of frames. */
  message(bytes: Buffer, start: number, end: number, sink: ReplySink): void {
    if (this.fits(bytes, start, end)) {
      sink.finished(this.field.read(bytes, start + this.idAt));
      return;
    }
    if (this.elements(bytes, start, end, sink)) return;
    this.parse(bytes.subarray(start, end), sink);
  }

  /** Whether the bytes are a reply to the id they name, byte for byte. */
  private fits(bytes: Buffer, start: number, end: number): boolean {
    const pattern = this.pattern;
    if (pattern === undefined || end - start !== pattern.length) return false;
    const id = this.field.read(bytes, start + this.idAt);
    if (!(id >= idMin && id <= idMax)) return false;
    this.field.write(pattern, this.idAt, id);
    this.field.write(pattern, this.sequenceAt, id);
    return pattern.compare(bytes, start, end) === 0;
  }

  /** An array of nothing but replies that fit. Checked wholly before any is reported. */
  private elements(bytes: Buffer, start: number, end: number, sink: ReplySink): boolean {
    if (this.pattern === undefined || this.spec.framesPerMessage === 1) return false;
    const size = this.pattern.length;
    const step = this.isJson ? size + 1 : size;
    const first = start + arrayHeadBytes(this.isJson, bytes[start] ?? 0);
    const last = this.isJson ? end - 1 : end;
    const count = (last - first + step - size) / step;
    if (first === start || last <= first || !Number.isInteger(count)) return false;
    if (this.isJson ? bytes[last] !== closeBracket : msgpackCount(bytes, start) !== count) return false;
    for (let at = first; at < last; at += step) {
      if (!this.fits(bytes, at, at + size)) return false;
      if (this.isJson && at + size < last && bytes[at + size] !== comma) return false;
    }
    for (let at = first; at < last; at += step) sink.finished(this.field.read(bytes, at + this.idAt));
    return true;
  }

  private parse(bytes: Buffer, sink: ReplySink): void {
    let message: unknown;
    try {
      message = this.dialect.read(bytes, this.spec.encoding);
    } catch (error) {
      sink.undecodable(`${String(error)}: ${bytes.subarray(0, 80).toString('latin1')}`);
      return;
    }
    if (!Array.isArray(message)) {
      this.frame(message, bytes, sink);
      return;
    }
    for (const frame of message) this.frame(frame, undefined, sink);
    if (this.pattern === undefined) this.learnFromArray(bytes, message);
  }

  private frame(frame: unknown, bytes: Buffer | undefined, sink: ReplySink): void {
    const heard = this.dialect.hear(frame);
    switch (heard.kind) {
      case 'reply':
        this.reply(heard, bytes, sink);
        return;
      case 'refused':
        sink.refused(heard.id, frame);
        return;
      case 'acknowledged':
        sink.acknowledged(heard.id);
        return;
      case 'credit':
        sink.credit(heard.max);
        return;
      case 'nothing':
        return;
      case 'unknown':
        sink.undecodable(heard.reason);
    }
  }

  private reply({ id, data }: Reply, bytes: Buffer | undefined, sink: ReplySink): void {
    this.parsed += 1;
    if (!isDeepStrictEqual(data, eventData(this.spec, id))) {
      sink.wrong(id, data);
      return;
    }
    if (bytes !== undefined && this.pattern === undefined) this.learn(bytes, id);
    sink.finished(id);
  }

  private learn(bytes: Buffer, id: number): void {
    const positions = positionsOf(this.field, bytes, id);
    const [first, second] = positions;
    // Anything else cannot be patched safely: then every reply is parsed, which is slow but right.
    if (positions.length !== 2 || first === undefined || second === undefined) return;
    this.pattern = Buffer.from(bytes);
    this.idAt = first;
    this.sequenceAt = second;
  }

  /** All elements alike in length: the first one's bytes are the pattern, if they parse to the first frame. */
  private learnFromArray(bytes: Buffer, frames: readonly unknown[]): void {
    const head = arrayHeadBytes(this.isJson, bytes[0] ?? 0);
    const separators = this.isJson ? frames.length : 0;
    const size = (bytes.length - head - separators) / frames.length;
    const frame = frames[0];
    const heard = this.dialect.hear(frame);
    if (!Number.isInteger(size) || heard.kind !== 'reply') return;
    const element = bytes.subarray(head, head + size);
    try {
      if (isDeepStrictEqual(this.dialect.read(element, this.spec.encoding), frame)) this.learn(element, heard.id);
    } catch {
      // The elements differ in length: there is no pattern to learn here.
    }
  }
}

/** 0 when the byte does not start an array. */
function arrayHeadBytes(isJson: boolean, first: number): number {
  if (isJson) return first === openBracket ? 1 : 0;
  if ((first & 0xf0) === 0x90) return 1;
  return first === 0xdc ? 3 : 0;
}

function msgpackCount(bytes: Buffer, start: number): number {
  const first = bytes[start] ?? 0;
  return first === 0xdc ? bytes.readUInt16BE(start + 1) : first & 0x0f;
}
