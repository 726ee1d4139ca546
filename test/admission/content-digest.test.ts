import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDigest } from '../../src/admission/content-digest.js';
import { anyData } from '../support/any-data.js';

describe('the digest of content', () => {
  it('is the same for the same values, whatever the order in which maps were written', () => {
    fc.assert(
      fc.property(anyData, (data) => {
        expect(contentDigest(reversed(data))).toBe(contentDigest(data));
      }),
    );
  });

  it('is another for other values', () => {
    const values = [
      ...[0, 1, '1', '', 'a', 'ab', true, false, null, undefined],
      ...[[], [1], [[1]], [1, 2], [12], ['1', '2'], ['12']],
      ...[{}, { a: 1 }, { a: '1' }, { b: 1 }, { a: 1, b: 2 }, { a: { b: 2 } }, [{ a: 1 }, { b: 2 }]],
      ...[new Uint8Array(0), new Uint8Array([1]), new Uint8Array([1, 2])],
      ...['x'.repeat(5000), 'x'.repeat(5001), [new Uint8Array([115, 49]), 'a'], ['s1', new Uint8Array([97])]],
    ];
    expect(new Set(values.map(contentDigest)).size).toBe(values.length);
  });
});

function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}
