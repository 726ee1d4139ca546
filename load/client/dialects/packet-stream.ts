/** Protocols whose packets are a stream of bytes, so that a WebSocket message may hold several of them, or a part. */

/**
 * Takes whole packets off the front of `bytes` from `start` to `end`.
 * @returns where the first packet begins that is not whole, or `end`
 */
export type CutPackets = (bytes: Buffer, start: number, end: number) => number;

/** A part longer than that is no packet of anything measured here. */
const partBytesMax = 1 << 20;

const nothing = Buffer.alloc(0);

export class PacketStream {
  private readonly cut: CutPackets;
  private part: Buffer = nothing;

  constructor(cut: CutPackets) {
    this.cut = cut;
  }

  /** Takes one message; only a part that is left over is copied. @throws when that gets too long */
  push(bytes: Buffer, start: number, end: number): void {
    if (this.part.length === 0) {
      const used = this.cut(bytes, start, end);
      if (used < end) this.part = Buffer.from(bytes.subarray(used, end));
    } else {
      const joined = Buffer.concat([this.part, bytes.subarray(start, end)]);
      const used = this.cut(joined, 0, joined.length);
      this.part = used === joined.length ? nothing : joined.subarray(used);
    }
    if (this.part.length > partBytesMax) throw new Error(`expected a packet, got ${this.part.length} bytes of one`);
  }
}
