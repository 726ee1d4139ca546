/** The rules on single files: names, size, docstrings, and what must not be left lying about. */
import ts from 'typescript';
import { type Files, type Problem, place, syntax, walk } from './files.js';

const linesMax = 300;
const waitMsMin = 100;
const emptyNames = /(?:^|\/)(?:utils?|commons?|helpers?|misc)(?:\/|\.|$)/;
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/;

/** Files and folders are in kebab-case, and none has a name that says nothing. */
export function namesSaySomething(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const path of files.keys()) {
    if (!path.split('/').every((part) => kebabCase.test(part))) problems.push(`${path}: expected kebab-case`);
    if (emptyNames.test(path)) problems.push(`${path}: expected a name that says what is inside`);
  }
  return problems;
}

/** A file holds one concept: 300 lines at most. */
export function filesStayShort(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of files) {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines > linesMax) problems.push(`${path}: expected at most ${linesMax} lines, got ${lines}`);
  }
  return problems;
}

/**
 * A file of `src/` opens with a comment, and what it exports has a docstring. The comment of the file serves for the
 * export the file is named after, and for what that one is made from: `XOptions`, `XParts`, `XPorts`, `XFields`.
 */
export function exportsAreExplained(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of files) {
    if (!path.startsWith('src/')) continue;
    const source = syntax(path, text);
    if (!/^(?:#!.*\n)?\/\*\*/.test(text)) problems.push(`${path}: expected a comment on what the file is for`);
    const explained = new Map<string, boolean>();
    for (const statement of source.statements) {
      for (const name of exportedNames(statement)) {
        explained.set(name, explained.get(name) === true || hasDocstring(statement) || isNamesake(path, name));
      }
    }
    for (const [name, isExplained] of explained) {
      if (!isExplained) problems.push(`${path}: expected a docstring on ${name}`);
    }
  }
  return problems;
}

/** Nothing is unfinished, skipped, run alone, or hidden from the compiler. */
export function nothingIsLeftLyingAbout(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of files) {
    const source = syntax(path, text);
    for (const comment of comments(source)) {
      const word = /\b(?:TODO|FIXME|XXX)\b|@ts-(?:ignore|expect-error|nocheck)/.exec(comment.text)?.[0];
      if (word !== undefined) problems.push(`${place(source, comment.position)}: ${word} in a comment`);
    }
    walk(source, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) problems.push(`${place(source, node.getStart())}: the type any`);
      const modifier = testModifier(node);
      if (modifier !== undefined) problems.push(`${place(source, node.getStart())}: a test with .${modifier}`);
    });
  }
  return problems;
}

/** Tests wait for a condition or own the clock; a long timer may only be the watchdog that fails them. */
export function testsDoNotSleep(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const [path, text] of files) {
    if (!path.startsWith('test/')) continue;
    const source = syntax(path, text);
    walk(source, (node) => {
      if (ts.isCallExpression(node) && isFixedWait(node)) {
        problems.push(`${place(source, node.getStart())}: a fixed wait of ${waitMsMin} ms or more`);
      }
    });
  }
  return problems;
}

function exportedNames(statement: ts.Statement): string[] {
  if (!ts.canHaveModifiers(statement)) return [];
  const isExported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
  if (!isExported) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
    return [statement.name?.text ?? 'default'];
  }
  return [];
}

function hasDocstring(statement: ts.Statement): boolean {
  return ts.getJSDocCommentsAndTags(statement).length > 0;
}

function isNamesake(path: string, name: string): boolean {
  const squash = (text: string) => text.replaceAll('-', '').toLowerCase();
  const file = squash(path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, ''));
  return file === squash(name.replace(/(?:Options|Parts|Ports|Fields)$/, '')) || file === squash(name);
}

/** All comments, each once: those before a token, and those behind one on its line. */
function comments(source: ts.SourceFile): { readonly position: number; readonly text: string }[] {
  const { text } = source;
  const found = new Map<number, string>();
  const add = (ranges: readonly ts.CommentRange[] | undefined) => {
    for (const range of ranges ?? []) found.set(range.pos, text.slice(range.pos, range.end));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node) || node.kind === ts.SyntaxKind.JsxText) return;
    add(ts.getLeadingCommentRanges(text, node.pos));
    add(ts.getTrailingCommentRanges(text, node.pos));
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return [...found].map(([position, comment]) => ({ position, text: comment }));
}

const testModifiers = new Set(['only', 'skip', 'todo', 'fails', 'skipIf', 'runIf']);

function testModifier(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node) || !testModifiers.has(node.name.text)) return undefined;
  let root: ts.Expression = node.expression;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = root.expression;
  return ts.isIdentifier(root) && ['it', 'test', 'describe', 'suite'].includes(root.text) ? node.name.text : undefined;
}

function isFixedWait(call: ts.CallExpression): boolean {
  const name = call.expression.getText().split('.').at(-1) ?? '';
  const [first, second] = call.arguments;
  if (/^(?:sleep|delay|wait|pause)(?:Ms)?$/.test(name)) return isLong(first);
  if (name !== 'setTimeout') return false;
  if (first !== undefined && ts.isNumericLiteral(first)) return isLong(first);
  return isLong(second) && !/reject|throw|fail|kill|abort/i.test(first?.getText() ?? '');
}

function isLong(argument: ts.Expression | undefined): boolean {
  return argument !== undefined && ts.isNumericLiteral(argument) && Number(argument.text) >= waitMsMin;
}
