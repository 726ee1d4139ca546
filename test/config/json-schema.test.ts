import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, configJsonSchemaText, type JsonSchema } from '../../src/config/json-schema.js';
import { keyRows } from '../../src/config/key-tree.js';
import { defaultConfig } from '../../src/config/schema.js';

function* every(schema: JsonSchema, name = ''): Generator<readonly [name: string, schema: JsonSchema]> {
  yield [name, schema];
  for (const [key, below] of Object.entries(schema.properties ?? {})) yield* every(below, `${name}.${key}`);
  if (typeof schema.additionalProperties === 'object') yield* every(schema.additionalProperties, `${name}.*`);
  for (const [index, choice] of (schema.anyOf ?? []).entries()) yield* every(choice, `${name}|${index}`);
}

describe('the JSON Schema of the configuration', () => {
  it('is the committed one: `node dist/main.js config schema > config/sluice.schema.json` writes it', () => {
    expect(readFileSync('config/sluice.schema.json', 'utf8')).toBe(configJsonSchemaText());
  });

  it('explains every key, and names the unit of every number but the ports', () => {
    // Where there is a choice, it is the key itself that explains it.
    const unexplained = [...every(configJsonSchema())].filter(
      ([name, { description = '' }]) => description.length < 10 && !/\|\d$/.test(name),
    );
    expect(unexplained).toEqual([]);
    const unitless = [...every(configJsonSchema())].filter(
      ([name, { type, description }]) =>
        type === 'integer' && !name.endsWith('.port') && !/ Unit: [a-z]+(?: per second)?\.$/.test(description ?? ''),
    );
    expect(unitless).toEqual([]);
  });

  it('allows no key it does not name, at any level', () => {
    const open = [...every(configJsonSchema())].filter(
      ([, { properties, additionalProperties }]) => properties !== undefined && additionalProperties !== false,
    );
    expect(open).toEqual([]);
  });

  it('tells the defaults that hold', () => {
    const told = keyRows().filter((row) => row.default !== undefined && !row.name.includes('<'));
    expect(told.length).toBeGreaterThan(20);
    for (const row of told) {
      const holds = row.name
        .split('.')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], defaultConfig);
      expect([row.name, JSON.parse(row.default as string)]).toEqual([row.name, holds]);
    }
  });
});
