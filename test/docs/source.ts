/** What the source says of itself, read from its syntax: which failures and close codes it uses, and how frames look. */
import ts from 'typescript';
import { type Files, projectFiles, syntax, walk } from '../support/tidy/files.js';

/** The gateway's own files: not the demo handlers, which fail with codes of their own choice. */
export function gatewayFiles(): Files {
  return new Map([...projectFiles()].filter(([path]) => path.startsWith('src/') && !path.startsWith('src/demo/')));
}

/** What the calls of `failure()` say: code → every value of `started` they may have. */
export function startedByCode(files: Files): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const call of callsOf('failure', files)) {
    const [code, , extras] = call.arguments;
    if (code === undefined || !ts.isStringLiteral(code)) continue;
    const started = found.get(code.text) ?? new Set();
    found.set(code.text, started);
    for (const value of startedIn(extras)) started.add(value);
  }
  return found;
}

/** Every text that stands as `reason: '…'` in a call of `failure()`. */
export function reasonsGiven(files: Files): ReadonlySet<string> {
  const found = new Set<string>();
  for (const call of callsOf('failure', files)) {
    walk(call, (node) => {
      if (!ts.isPropertyAssignment(node) || node.name.getText() !== 'reason') return;
      if (ts.isStringLiteral(node.initializer)) found.add(node.initializer.text);
    });
  }
  return found;
}

/** Every `closeCodes.name` outside of the table itself. */
export function closeNamesUsed(files: Files): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [path, text] of files) {
    walk(syntax(path, text), (node) => {
      if (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'closeCodes') found.add(node.name.text);
    });
  }
  return found;
}

/** The fields of an interface of `src/protocol/`, inherited ones included: `id`, or `id?` where it may be left out. */
export function fieldsOf(name: string, files: Files): string[] {
  for (const [path, text] of files) {
    if (!path.startsWith('src/protocol/')) continue;
    for (const statement of syntax(path, text).statements) {
      if (!ts.isInterfaceDeclaration(statement) || statement.name.text !== name) continue;
      const inherited = (statement.heritageClauses ?? []).flatMap(({ types }) =>
        types.flatMap(({ expression }) => fieldsOf(expression.getText(), files)),
      );
      const own = statement.members
        .filter(ts.isPropertySignature)
        .map((member) => `${member.name.getText()}${member.questionToken === undefined ? '' : '?'}`);
      return [...inherited, ...own].filter((field) => field !== 'op');
    }
  }
  throw new Error(`expected an interface ${name} in src/protocol/, found none`);
}

function* callsOf(name: string, files: Files): Generator<ts.CallExpression> {
  for (const [path, text] of files) {
    const calls: ts.CallExpression[] = [];
    walk(syntax(path, text), (node) => {
      if (ts.isCallExpression(node) && node.expression.getText() === name) calls.push(node);
    });
    yield* calls;
  }
}

function startedIn(extras: ts.Expression | undefined): readonly string[] {
  if (extras === undefined || !ts.isObjectLiteralExpression(extras)) return ['no'];
  for (const property of extras.properties) {
    if (property.name?.getText() !== 'started') continue;
    if (ts.isPropertyAssignment(property) && ts.isStringLiteral(property.initializer))
      return [property.initializer.text];
    return ['no', 'maybe'];
  }
  return ['no'];
}
