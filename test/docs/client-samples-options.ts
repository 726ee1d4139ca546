/** The options of the client as their declarations tell them, for comparison with the tables of CLIENT.md. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { syntax } from '../support/tidy/files.js';

/** One option: its path inside the interface (`queue.items`), what is said of it, and of its default. */
export interface DeclaredOption {
  readonly name: string;
  readonly text: string;
  /** As its `@default` says, without quotes or marks of code; undefined where it has none. */
  readonly default: string | undefined;
}

const path = 'src/client/options.ts';

/** The fields an interface of options.ts declares itself; those inside of a field one by one, where they are explained. */
export function declaredOptions(name: string): readonly DeclaredOption[] {
  const source = syntax(path, readFileSync(path, 'utf8'));
  const found = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (found === undefined) throw new Error(`expected an interface ${name} in ${path}, found none`);
  return (found as ts.InterfaceDeclaration).members.filter(ts.isPropertySignature).flatMap(optionsOf);
}

function optionsOf(member: ts.PropertySignature): DeclaredOption[] {
  const name = member.name.getText();
  // `{ … } | undefined`: the second part says nothing.
  const type = member.type !== undefined && ts.isUnionTypeNode(member.type) ? member.type.types[0] : member.type;
  if (type !== undefined && ts.isTypeLiteralNode(type)) {
    const inner = type.members.filter(ts.isPropertySignature).flatMap(optionsOf);
    if (inner.every(({ text }) => text !== '')) return inner.map((one) => ({ ...one, name: `${name}.${one.name}` }));
  }
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default');
  const told = ts.getTextOfJSDocComment(tag?.comment);
  const texts = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  return [
    {
      name,
      text: texts.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join(' '),
      default: told?.replaceAll(/[`']/g, ''),
    },
  ];
}
