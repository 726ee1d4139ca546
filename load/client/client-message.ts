/**
 * WebSocket messages as a client writes them (RFC 6455 section 5.2): final, masked. The mask key is zero, which the
 * RFC's framing allows and which makes masking the identity: the client saves the work, a server does it all the same.
 */

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const finalBit = 0x80;
const maskBit = 0x80;
const maskKeyBytes = 4;

/** Bytes before the payload: two, the extended length (0, 2 or 8), the mask key. */
export function headerBytes(payloadBytes: number): number {
  return 2 + (payloadBytes < 126 ? 0 : payloadBytes < 65_536 ? 2 : 8) + maskKeyBytes;
}

/** One whole message. The payload is copied. */
export function clientMessage(opcode: number, payload: Uint8Array): Buffer {
  const start = headerBytes(payload.length);
  const message = Buffer.alloc(start + payload.length);
  message[0] = finalBit | opcode;
  if (payload.length < 126) {
    message[1] = maskBit | payload.length;
  } else if (payload.length < 65_536) {
    message[1] = maskBit | 126;
    message.writeUInt16BE(payload.length, 2);
  } else {
    message[1] = maskBit | 127;
    message.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  message.set(payload, start);
  return message;
}
