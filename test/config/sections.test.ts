import { describe, expect, it } from 'vitest';
import { configJsonSchema, type JsonSchema } from '../../src/config/json-schema.js';
import { problems } from './refused-parts.js';

interface Leaf {
  readonly path: readonly string[];
  readonly schema: JsonSchema & { readonly minimum?: number; readonly maximum?: number };
  /** What else the map around it needs. */
  readonly beside: Readonly<Record<string, unknown>>;
}

function leaves(schema: JsonSchema, path: readonly string[] = []): Leaf[] {
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([name, below]) => leaves(below, [...path, name]));
  }
  if (typeof schema.additionalProperties === 'object') return leaves(schema.additionalProperties, [...path, 'name']);
  const beside: Readonly<Record<string, unknown>> =
    { batch: { size: 1, waitMs: 1 }, retry: { attempts: 1 }, slots: { min: 1, max: 65_536 } }[path.at(-2) ?? ''] ?? {};
  const maps = (schema.anyOf ?? []).filter(({ properties }) => properties !== undefined);
  return [{ path, schema, beside }, ...maps.flatMap((map) => leaves(map, path))];
}

function nested({ path, beside }: Leaf, value: unknown): unknown {
  const inner = { ...beside, [path.at(-1) as string]: value };
  return path.slice(0, -1).reduceRight<unknown>((below, part) => ({ [part]: below }), inner);
}

const all = leaves(configJsonSchema()).map((leaf) => ({ name: leaf.path.join('.'), leaf }));
const numbers = all.filter(({ leaf }) => leaf.schema.type === 'integer');

describe('every key', () => {
  it('is among those tested below', () => {
    expect(all.length).toBeGreaterThan(80);
    expect(numbers.length).toBeGreaterThan(60);
    expect(all.map(({ name }) => name)).toContain('pipelines.name.slots.max');
  });

  it.each(all)('$name refuses a value of another kind', ({ name, leaf }) => {
    for (const value of [null, {}, [[]], () => 1, Symbol.iterator]) {
      const [problem, ...more] = problems(nested(leaf, value));
      expect(more).toEqual([]);
      expect(problem).toMatch(/^[^:]+: expected .+, got .+$/);
      expect(problem?.startsWith(name)).toBe(true);
    }
  });

  it.each(numbers)('$name is a whole number inside bounds', ({ name, leaf }) => {
    const { minimum = Number.NaN, maximum = Number.NaN } = leaf.schema;
    expect(Number.isSafeInteger(minimum)).toBe(true);
    expect(maximum).toBeLessThanOrEqual(2 ** 40);
    if (name.endsWith('Ms')) expect(maximum).toBeLessThanOrEqual(2 ** 31 - 1);
    const wrong = [minimum - 1, maximum + 1, minimum + 0.5, Number.NaN, Infinity, -Infinity, `${minimum}`, true, 1n];
    for (const value of wrong) {
      expect(problems(nested(leaf, value))).toEqual([
        expect.stringMatching(
          new RegExp(`^${name}: expected a whole number (of [\\w ]+ )?from ${minimum} to ${maximum}, got `),
        ),
      ]);
    }
  });

  it.each(all.filter(({ leaf }) => leaf.path.length > 1))('$name has no neighbour by another name', ({ leaf }) => {
    const [section = '', ...rest] = leaf.path;
    const path = [section, ...rest.slice(0, -1), 'zzzzzzzzzz'];
    expect(problems(nested({ ...leaf, path }, 1))[0]).toMatch(
      /^[^:]+\.zzzzzzzzzz: expected a key of .+, got "zzzzzzzzzz"$/,
    );
  });
});
