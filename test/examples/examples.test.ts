import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../docs/markdown.js';

const files = readdirSync('examples', { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /\.(?:mjs|js|html)$/.test(path));

describe('examples/README.md', () => {
  const { links } = readDocument('examples/README.md');

  it('leads to every example', () => {
    const pages = new Set(files.map((path) => (path.startsWith('browser/') ? 'browser/' : path)));
    expect([...pages].filter((path) => !links.includes(path))).toEqual([]);
  });

  it('leads to nothing else', () => {
    const known = new Set([...files, 'browser/']);
    expect(links.filter((link) => !known.has(link) && !link.startsWith('../'))).toEqual([]);
  });
});

describe('the examples in JavaScript', () => {
  it('are as TypeScript wants them, with the types in their comments', () => {
    const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile) as { config: { compilerOptions: object } };
    const { options } = ts.convertCompilerOptionsFromJson(
      { ...config.compilerOptions, allowJs: true, checkJs: true, paths: { 'sluice/client': ['./src/client.ts'] } },
      '.',
    );
    const own = files.filter((path) => /^(?:node|react)\//.test(path)).map((path) => resolve('examples', path));
    const program = ts.createProgram(own, options);
    const found = own.flatMap((path) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    expect(own.length).toBeGreaterThan(3);
  }, 60_000);
});
