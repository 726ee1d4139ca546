/**
 * Makes a value fit for plain MessagePack, following what JSON does with it: `toJSON` is honoured, undefined and
 * functions are left out of maps and become null in arrays, and so do numbers that are not finite. Bytes stay bytes.
 * Text that is no Unicode (lone surrogates) is mended, since it has no UTF-8.
 */
import { limits } from '../protocol/limits.js';

/** Whole numbers from here on would be written as floating point: as BigInt they leave as integers. */
const wholeInline = 2 ** 32;
const wholeInlineMin = -(2 ** 31);

/** The value itself when it is fit as it is, else a copy that is. @throws TypeError on a cycle, a BigInt too large, or depth */
export function fitForMsgpack(value: unknown): unknown {
  return isFit(value, 0) ? value : fitted(value, 0);
}

/** Guards the recursion: a cycle ends here too. */
const depthMax = 1000;

function isFit(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return isInlineNumber(value);
    case 'boolean':
      return true;
    case 'object':
      return value === null || isFitObject(value, depth);
    default:
      return false;
  }
}

function isFitObject(value: object, depth: number): boolean {
  if (depth > depthMax) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!isFit(value[i], depth + 1)) return false;
    return true;
  }
  if (value instanceof Uint8Array) return true;
  const prototype = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || typeof (value as WithToJson).toJSON === 'function') {
    return false;
  }
  for (const key in value) {
    if (!key.isWellFormed() || !isFit((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

interface WithToJson {
  readonly toJSON?: unknown;
}

function fitted(value: unknown, depth: number): unknown {
  if (depth > depthMax) throw new TypeError('expected a value without cycles, not too deep');
  switch (typeof value) {
    case 'number':
      return fittedNumber(value);
    case 'bigint':
      return fittedBigInt(value);
    case 'object':
      return value === null || value instanceof Uint8Array ? value : fittedObject(value, depth);
    case 'string':
      return value.toWellFormed();
    case 'boolean':
      return value;
    default:
      return undefined;
  }
}

function fittedObject(value: object, depth: number): unknown {
  const { toJSON } = value as WithToJson;
  if (typeof toJSON === 'function') {
    const json: unknown = toJSON.call(value);
    if (json !== value) return fitted(json, depth + 1);
  }
  if (Array.isArray(value)) return value.map((inner) => fitted(inner, depth + 1) ?? null);
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const fit = fitted(inner, depth + 1);
    if (fit !== undefined) copy[key.toWellFormed()] = fit;
  }
  return copy;
}

function isInlineNumber(value: number): boolean {
  if (value < wholeInline && value >= wholeInlineMin) return true;
  return Number.isFinite(value) && !(Number.isInteger(value) && Math.abs(value) <= limits.integerMax);
}

function fittedNumber(value: number): unknown {
  if (!Number.isFinite(value)) return null;
  return isInlineNumber(value) ? value : BigInt(value);
}

function fittedBigInt(value: bigint): unknown {
  if (value > BigInt(limits.integerMax) || value < -BigInt(limits.integerMax)) {
    throw new TypeError('expected a BigInt within ±2^53');
  }
  return value;
}
