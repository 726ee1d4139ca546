/**
 * The configuration as a JSON Schema: for editors, which then complete and explain every key, and for whoever needs
 * to know the keys without knowing how they are checked.
 */
import { z } from 'zod';
import { sections } from './sections.js';

/** The part of JSON Schema that is used here. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

let made: JsonSchema | undefined;

/** Draft 7, which every editor understands. Made at the first call. */
export function configJsonSchema(): JsonSchema {
  made ??= makeSchema();
  return made;
}

/** The schema as the text of a file: two spaces, and lists of plain values on one line. */
export function configJsonSchemaText(): string {
  const text = JSON.stringify(configJsonSchema(), undefined, 2);
  const onOneLine = text.replace(/\[\n\s+([^[\]{}]+?)\n\s+\]/g, (_, items: string) => {
    return `[${items.replace(/,\n\s+/g, ', ')}]`;
  });
  return `${onOneLine}\n`;
}

function makeSchema(): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(z.strictObject(sections), { io: 'input', target: 'draft-07' });
  return {
    $schema,
    title: 'Sluice configuration',
    description: 'One YAML file. Flags come before variables of the environment, these before the file.',
    ...schema,
  } as JsonSchema;
}
