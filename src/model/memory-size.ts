/**
 * About how many bytes a value takes in memory: good enough to hold a bound, and cheaper than encoding it. What is
 * beyond the common model (too deep, a cycle, a getter that throws) has no size, and counts as too large.
 */

/** Bytes of an object or a string without what is in it. */
const headBytes = 24;
/** Bytes of an object without fields, which has room for some. */
const emptyBytes = 56;
/** Bytes of an array without items: its slots are an object of their own. */
const arrayBytes = 48;
/** Bytes of a field or an item, and of a number that is not a small one. */
const slotBytes = 8;
/** Values inside values, as many as a frame may have. */
const depthMax = 64;

/** @returns more than `max` as soon as that is certain, which bounds what it costs. Throws nothing. */
export function memorySize(value: unknown, max: number): number {
  try {
    return sizeOf(value, max, depthMax);
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}

function sizeOf(value: unknown, max: number, depth: number): number {
  if (typeof value === 'string') return headBytes + value.length;
  if (typeof value !== 'object' || value === null) return slotBytes;
  if (ArrayBuffer.isView(value)) return headBytes + value.byteLength;
  if (depth === 0) return Number.MAX_SAFE_INTEGER;
  if (Array.isArray(value)) {
    let bytes = arrayBytes;
    for (let i = 0; i < value.length && bytes <= max; i += 1) {
      bytes += slotBytes + sizeOf(value[i], max - bytes, depth - 1);
    }
    return bytes;
  }
  let bytes = headBytes;
  for (const name in value) {
    if (bytes > max) return bytes;
    // Names are shared by objects of one shape more often than not, but not when they are ids.
    bytes += slotBytes + name.length + sizeOf((value as Record<string, unknown>)[name], max - bytes, depth - 1);
  }
  return bytes === headBytes ? emptyBytes : bytes;
}
