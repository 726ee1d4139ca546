/**
 * Cuts a server's byte stream into WebSocket messages, without copying those that arrive whole. It knows no
 * fragments: no server measured here sends any, and one that did would be reported.
 */

/** Takes one message: `bytes` from `start` to `end`, valid during the call only. */
export type MessageSink = (opcode: number, bytes: Buffer, start: number, end: number) => void;

const nothing = Buffer.alloc(0);

export class MessageReader {
  private readonly sink: MessageSink;
  /** An incomplete message left over from the last chunk. */
  private rest: Buffer = nothing;

  constructor(sink: MessageSink) {
    this.sink = sink;
  }

  /** Takes the first `length` bytes of `chunk`, which may be overwritten afterwards. @throws on a fragment or a mask */
  push(chunk: Buffer, length: number): void {
    if (this.rest.length === 0) {
      const used = this.cut(chunk, length);
      if (used < length) this.rest = Buffer.from(chunk.subarray(used, length));
      return;
    }
    const joined = Buffer.concat([this.rest, chunk.subarray(0, length)]);
    const used = this.cut(joined, joined.length);
    this.rest = used === joined.length ? nothing : joined.subarray(used);
  }

  /** @returns how many bytes belonged to whole messages */
  private cut(bytes: Buffer, length: number): number {
    let at = 0;
    while (length - at >= 2) {
      const first = bytes[at] ?? 0;
      let size = bytes[at + 1] ?? 0;
      let start = at + 2;
      if (size > 127) throw new Error('expected an unmasked message, as servers send them');
      if (size === 126) {
        start += 2;
        if (start > length) break;
        size = bytes.readUInt16BE(at + 2);
      } else if (size === 127) {
        start += 8;
        if (start > length) break;
        size = Number(bytes.readBigUInt64BE(at + 2));
      }
      if (start + size > length) break;
      if ((first & 0xf0) !== 0x80) throw new Error(`expected a whole message, got first byte 0x${first.toString(16)}`);
      this.sink(first & 0x0f, bytes, start, start + size);
      at = start + size;
    }
    return at;
  }
}
