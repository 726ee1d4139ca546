/**
 * What a codec hands on in place of a frame that decodes, but holds a value outside the common model of the
 * encodings: plain maps, arrays, strings, finite numbers up to ±2^53, booleans, null, and bytes.
 */
import type { Id } from '../protocol/frames.js';
import { limits } from '../protocol/limits.js';
import { isId } from '../protocol/validation.js';

/** The fields of a frame that say what to do with it though others are bad. */
export type FrameHead = { readonly [Name in (typeof headFields)[number]]?: unknown };

/** Their names. */
export const headFields = ['id', 'op', 'priority'] as const;

export class BadFrame {
  /** In words, with the field it stands in. */
  readonly problem: string;
  readonly id: Id | undefined;
  /** It has an id, be it one or not. */
  readonly hasId: boolean;
  /** Its `op`, where that can be read. */
  readonly frameOp: string | undefined;
  /** It asks for the priority `critical`, as far as that can be read. */
  readonly isCritical: boolean;

  constructor(field: string | undefined, found: string, head: FrameHead) {
    this.problem = `expected ${field === undefined ? 'plain values' : `${shortened(field)} to hold plain values`}, got ${found}`;
    this.id = isId(head.id) ? head.id : undefined;
    this.hasId = head.id != null;
    this.frameOp = typeof head.op === 'string' ? head.op : undefined;
    this.isCritical = head.priority === 'critical';
  }
}

/** What is found outside the model, in words. */
export const found = Object.freeze({
  tooDeep: `values nested deeper than ${limits.depthMax}`,
  number: 'a number that is not finite or lies beyond ±2^53',
  proto: 'the key __proto__',
  key: 'a map key that is not a string',
  extension: 'an extension type',
});

/** A frame that cannot be handled as decoded, or undefined for any other value. */
export function asBadFrame(value: unknown): BadFrame | undefined {
  return value instanceof BadFrame ? value : undefined;
}

const fieldCharsMax = 32;

function shortened(field: string): string {
  return field.length <= fieldCharsMax ? field : `${field.slice(0, fieldCharsMax)}…`;
}
