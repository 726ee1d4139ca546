/** The rules on who imports whom. */
import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { type Files, type Problem, place, syntax, walk } from './files.js';
import { compositionFilesMax, roomOf, rooms, vendors } from './rooms.js';

interface Import {
  readonly specifier: string;
  readonly at: string;
}

/** Every import of a file: static, type-only, re-exported, dynamic, and in a type. */
export function importsOf(path: string, text: string): Import[] {
  const source = syntax(path, text);
  const found: Import[] = [];
  walk(source, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) found.push({ specifier: specifier.text, at: place(source, specifier.pos) });
  });
  return found;
}

/** A room imports only itself and the rooms its row of the table names. */
export function roomsImportOnlyWhatTheyMay(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const { path, room, specifier, at } of importsOfSource(files)) {
    if (!specifier.startsWith('.')) continue;
    const target = roomOf(resolve(path, specifier));
    if (target === undefined) problems.push(`${at}: src/ imports ${specifier} from outside of src/`);
    else if (!Object.hasOwn(rooms, room)) problems.push(`${at}: there is no room ${room}`);
    else if (target !== room && !(rooms[room] as readonly string[]).includes(target)) {
      problems.push(`${at}: ${room} may not import ${target}`);
    }
  }
  return problems;
}

/** A package is imported only in the rooms that own it. */
export function vendorsStayInTheirRooms(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const { room, specifier, at } of importsOfSource(files)) {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) continue;
    const parts = specifier.split('/');
    const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string);
    const homes = Object.hasOwn(vendors, name) ? (vendors[name] as readonly string[]) : undefined;
    if (homes === undefined) problems.push(`${at}: the package ${name} has no room`);
    else if (!homes.includes(room)) problems.push(`${at}: ${name} belongs to ${homes.join(', ')}, not to ${room}`);
  }
  return problems;
}

/** No file reaches itself through its imports, type-only ones included. */
export function noFileReachesItself(files: Files): Problem[] {
  const graph = new Map<string, string[]>();
  for (const [path, text] of files) {
    const targets = importsOf(path, text).map(({ specifier }) => resolve(path, specifier));
    graph.set(
      path,
      targets.filter((target) => files.has(target)),
    );
  }
  const problems: Problem[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) problems.push([...trail.slice(start), path].join(' → '));
    if (start !== -1 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return problems;
}

/**
 * Environment, arguments, exit and signals belong to the command. `process.nextTick` is scheduling, not the process,
 * and is free.
 */
export function onlyTheCommandTouchesTheProcess(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of files) {
    const room = roomOf(path);
    if (room === undefined || room === 'cli' || room === 'main.ts') continue;
    const source = syntax(path, text);
    walk(source, (node) => {
      if (isProcessUse(node)) problems.push(`${place(source, node.getStart())}: only main.ts and cli/ touch process`);
    });
    for (const { specifier, at } of importsOf(path, text)) {
      if (specifier === 'node:process') problems.push(`${at}: only main.ts and cli/ touch process`);
    }
  }
  return problems;
}

/** The top of `src/` holds the entry points and a few files of composition; everything else has a room. */
export function theTopStaysSmall(files: Files): Problem[] {
  const top = [...files.keys()].filter((path) => roomOf(path) === 'composition' && path.split('/').length === 2);
  if (top.length <= compositionFilesMax) return [];
  return [`src/: expected at most ${compositionFilesMax} files of composition, got ${top.length}: ${top.join(', ')}`];
}

function* importsOfSource(files: Files): Generator<Import & { readonly path: string; readonly room: string }> {
  for (const [path, text] of files) {
    const room = roomOf(path);
    if (room === undefined) continue;
    for (const found of importsOf(path, text)) yield { ...found, path, room };
  }
}

function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  let target: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) target = node.moduleSpecifier;
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) target = node.argument.literal;
  else if (ts.isExternalModuleReference(node)) target = node.expression;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    target = node.arguments[0];
  }
  return target !== undefined && ts.isStringLiteralLike(target) ? target : undefined;
}

function resolve(path: string, specifier: string): string {
  return specifier.startsWith('.') ? join(dirname(path), specifier).replace(/\.js$/, '.ts') : specifier;
}

function isProcessUse(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || node.text !== 'process') return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node && parent.name.text !== 'nextTick';
  return !(ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent));
}
