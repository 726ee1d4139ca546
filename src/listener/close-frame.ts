/** What may be in a close frame: the library sends any number, and cuts a reason inside a character. */
import { closeReasonBytesMax } from '../protocol/close-codes.js';

/** RFC 6455 section 7.4: what stands for a cause that cannot be told. */
const internalError = 1011;

/**
 * The code itself when it may be sent, 1011 when not: 1005, 1006 and 1015 only name what a peer observes, and all but
 * 1000..1014 and 3000..4999 are reserved.
 */
export function sendableCloseCode(code: number): number {
  if (!Number.isInteger(code)) return internalError;
  const isStandard = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
  return isStandard || (code >= 3000 && code <= 4999) ? code : internalError;
}

/** The reason as UTF-8, cut to 123 bytes before the character that would not fit. */
export function closeReasonBytes(reason: string): Uint8Array {
  const bytes = Buffer.from(reason);
  if (bytes.length <= closeReasonBytesMax) return bytes;
  let end = closeReasonBytesMax;
  while (((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
