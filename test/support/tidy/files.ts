/** The source tree as plain data, so that a rule can be shown a planted file as easily as the real ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Path from the root of the project, with `/` → text. */
export type Files = ReadonlyMap<string, string>;

/** One broken rule: where, and what is wrong there. */
export type Problem = string;

/** A rule looks at a whole tree and says everything that breaks it; an empty array is a pass. */
export type Rule = (files: Files) => Problem[];

const folders = ['src', 'test', 'load'];

/** Every TypeScript file of the project. */
export function projectFiles(): Files {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, entry).replaceAll('\\', '/');
      if (path.endsWith('.ts')) files.set(path, readFileSync(path, 'utf8'));
    }
  }
  return files;
}

const parsed = new Map<string, { readonly text: string; readonly source: ts.SourceFile }>();

/** The syntax tree of one file; parsed once per text. */
export function syntax(path: string, text: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known?.text === text) return known.source;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
  parsed.set(path, { text, source });
  return source;
}

/** Calls back for every node of a file, parents before children. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** `src/codec/json.ts:12`, lines counted from 1. */
export function place(source: ts.SourceFile, position: number): string {
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(position).line + 1}`;
}
