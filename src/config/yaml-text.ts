/**
 * YAML, read strictly: one document, no key twice, no tags of its own, aliases bounded. What is read keeps its places,
 * so that whatever turns out to be wrong later can still be pointed at.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  stringify,
  type YAMLError,
  type YAMLWarning,
} from 'yaml';
import type { Path, Problem } from './config-error.js';
import { shown } from './fields.js';

/** Line and column, both from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlText {
  /** Plain maps, lists and scalars; undefined where nothing is written, or there are problems. */
  readonly value: unknown;
  readonly problems: readonly (Problem & { readonly place: Place })[];
  /** Where a path stands: its value, or its key when `isKey`. Undefined when nobody wrote it. */
  placeOf(path: Path, isKey: boolean): Place | undefined;
}

/** Never throws: what cannot be read is in `problems`. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parse(text, lines);
  if (document === undefined) return unreadable([{ message: tooDeep, place: start }]);
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const complaints: (YAMLError | YAMLWarning)[] = [...document.errors, ...document.warnings];
  if (complaints.length > 0) {
    return unreadable(complaints.map((one) => ({ message: explained(one, text), place: placeAt(one.pos[0]) })));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    return unreadable([{ message: explainedAlias(error), place: start }]);
  }
  return {
    value: value ?? undefined,
    problems: [],
    placeOf(path, isKey) {
      const node = find(document, path, isKey);
      return node?.range == null ? undefined : placeAt(node.range[0]);
    },
  };
}

/** A plain value as YAML, one key per line. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Aliases, counted with what they stand for: a hundred of a hundred of a hundred is refused. */
const aliasesMax = 100;

const start: Place = { line: 1, column: 1 };
const tooDeep = 'expected maps and lists less deep inside each other';

function parse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true, resolveKnownTags: false });
  } catch {
    // The parser recurses: the stack ends before a document that deep does.
    return undefined;
  }
}

function explained({ code, message, pos }: YAMLError | YAMLWarning, text: string): string {
  if (code === 'DUPLICATE_KEY') return `expected every key once, got ${shown(keyAt(text, pos[0]))} again`;
  if (code === 'MULTIPLE_DOCS') return 'expected one YAML document, got more';
  if (code === 'NON_STRING_KEY') return 'expected every key to be text';
  if (code === 'RESOURCE_EXHAUSTION' || message.startsWith('Maximum call stack')) return tooDeep;
  return `expected YAML: ${message}`;
}

function keyAt(text: string, start: number): string {
  return /^["']?([^"':,\s]*)/.exec(text.slice(start, start + 100))?.[1] ?? '';
}

function explainedAlias(error: unknown): string {
  if (error instanceof ReferenceError && error.message.startsWith('Unresolved alias')) {
    return 'expected every alias to stand after its anchor';
  }
  return `expected aliases that stand for at most ${aliasesMax} others`;
}

/** One slip of the pen may be found many times: it is told once. */
function unreadable(found: readonly { readonly message: string; readonly place: Place }[]): YamlText {
  const told = new Map(found.toReversed().map((one) => [one.message, one]));
  return {
    value: undefined,
    problems: [...told.values()].toReversed().map((one) => ({ path: [], ...one })),
    placeOf: () => undefined,
  };
}

function find(document: Document.Parsed, path: Path, isKey: boolean): Node | undefined {
  let node = resolved(document, document.contents);
  for (const [depth, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return undefined;
      if (isKey && depth === path.length - 1) return pair.key as Node;
      node = resolved(document, pair.value as Node | null) ?? (pair.key as Node);
    } else if (isSeq(node)) node = resolved(document, node.items[Number(part)] as Node | null);
    else return undefined;
  }
  return node;
}

function resolved(document: Document.Parsed, node: Node | null | undefined): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : node) ?? undefined;
}
