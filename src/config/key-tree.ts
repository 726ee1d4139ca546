/** The keys there are, as plain data: to find the one meant by a flag, a variable, or a slip of the pen. */
import type { Path } from './config-error.js';
import { configJsonSchema, type JsonSchema } from './json-schema.js';

/**
 * A key, by what it holds: known keys, keys the user names, a list, text taken as it is, or any other value. Where such
 * a value may be a map too, it has the keys of that map.
 */
export type Key =
  | { readonly kind: 'section' | 'value'; readonly keys: ReadonlyMap<string, Key> }
  | { readonly kind: 'named'; readonly of: Key }
  | { readonly kind: 'list' | 'text' };

/** One line of a table of all keys. */
export interface KeyRow {
  /** `listen.port`, `pipelines.<name>.slots`. */
  readonly name: string;
  readonly description: string;
  /** As JSON; undefined where there is none. */
  readonly default: string | undefined;
}

/** The root: a section whose keys are the sections. */
export function keyTree(): Key {
  return keyOf(configJsonSchema());
}

/** What lies below a key. */
export function child(key: Key | undefined, part: string | number): Key | undefined {
  if (key?.kind === 'section' || key?.kind === 'value') return key.keys.get(String(part));
  return key?.kind === 'named' ? key.of : undefined;
}

/** The known keys below a path; empty where there are none, or any name may stand. */
export function keysBelow(root: Key, path: Path): readonly string[] {
  let key: Key | undefined = root;
  for (const part of path) key = child(key, part);
  return key?.kind === 'section' || key?.kind === 'value' ? [...key.keys.keys()] : [];
}

/** Every key that holds a value, in the order of the sections. */
export function keyRows(schema: JsonSchema = configJsonSchema(), name = ''): KeyRow[] {
  const below = (part: string, of: JsonSchema) => keyRows(of, name === '' ? part : `${name}.${part}`);
  if (schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([part, of]) => below(part, of));
  }
  if (typeof schema.additionalProperties === 'object') {
    return below(name === 'routes' ? '<type>' : '<name>', schema.additionalProperties);
  }
  const { description = '' } = schema;
  return [{ name, description, default: schema.default === undefined ? undefined : JSON.stringify(schema.default) }];
}

function keyOf(schema: JsonSchema): Key {
  if (schema.properties !== undefined) return { kind: 'section', keys: keysOf(schema) };
  if (typeof schema.additionalProperties === 'object') return { kind: 'named', of: keyOf(schema.additionalProperties) };
  if (schema.type === 'array') return { kind: 'list' };
  if (schema.type === 'string') return { kind: 'text' };
  return { kind: 'value', keys: keysOf(schema.anyOf?.find(({ properties }) => properties !== undefined)) };
}

function keysOf({ properties = {} }: JsonSchema = {}): ReadonlyMap<string, Key> {
  return new Map(Object.entries(properties).map(([name, of]) => [name, keyOf(of)]));
}
