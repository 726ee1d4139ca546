import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadHandlers } from '../../src/cli/load-handlers.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-handlers-'));
let folders = 0;

afterAll(() => rmSync(folder, { recursive: true }));

const made = (type: string) => `{ type: '${type}', handle: () => 1, [Symbol.for('sluice.handler')]: true }`;

/** Writes modules into a new folder. */
function modules(files: Readonly<Record<string, string>>): string {
  folders += 1;
  const home = join(folder, String(folders));
  mkdirSync(home);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(home, name, '..'), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  return home;
}

async function typesIn(...entries: string[]): Promise<string[]> {
  return (await loadHandlers(entries)).flatMap((handler) => ('type' in handler ? handler.type : []));
}

describe('the handlers of a module', () => {
  it('are its default export, its named exports, and those in exported arrays, each once', async () => {
    const home = modules({
      'all.mjs': `
        const shared = ${made('shared')};
        export default shared;
        export { shared };
        export const one = ${made('one')};
        export const list = [${made('two')}, 5, shared, ${made('three')}];
        export const version = '1', options = { type: 'none', handle() {} }, nothing = null;
      `,
    });
    expect((await typesIn(join(home, 'all.mjs'))).sort()).toEqual(['one', 'shared', 'three', 'two']);
  });

  it('may be in a CommonJS module', async () => {
    const home = modules({ 'old.cjs': `exports.old = ${made('old')};` });
    expect(await typesIn(join(home, 'old.cjs'))).toEqual(['old']);
  });
});

describe('a folder', () => {
  it('gives the modules that lie directly in it, in the order of their names', async () => {
    const home = modules({
      'b.mjs': `export default ${made('b')};`,
      'a.js': `export default ${made('a')};`,
      'c.test.mjs': 'throw new Error("a test");',
      'd.d.ts': 'export {};',
      '.hidden.mjs': 'throw new Error("hidden");',
      'notes.txt': 'not a module',
      'shared/database.mjs': 'throw new Error("not to be loaded");',
      'package.json': '{ "type": "module" }',
    });
    expect(await typesIn(home)).toEqual(['a', 'b']);
  });

  it('is loaded once, however often it or its modules are named', async () => {
    const home = modules({ 'a.mjs': `export default ${made('a')};` });
    expect(await typesIn(home, join(home, 'a.mjs'), home)).toEqual(['a']);
  });
});

describe('what cannot be loaded is refused by the name of the file', () => {
  it.each([
    ['a module that is not there', {}, '/none.mjs', /expected a module or folder at .*\/none\.mjs, found nothing/],
    ['a folder without modules', { 'a.txt': '' }, '', /expected modules in the folder .*, found none/],
    [
      'a module without handlers',
      { 'a.mjs': 'export const a = 1;' },
      '/a.mjs',
      /expected .*\/a\.mjs to export a value made by defineHandler, defineProcessor or definePublisher, found none/,
    ],
    ['one such module in a folder', { 'a.mjs': 'export const a = 1;' }, '', /expected .*\/a\.mjs to export/],
    [
      'a module that throws',
      { 'a.mjs': 'throw new Error("no database");' },
      '/a.mjs',
      /a\.mjs cannot be loaded:\n.*no database/s,
    ],
    [
      'a module that throws a word',
      { 'a.mjs': 'throw "no database";' },
      '/a.mjs',
      /a\.mjs cannot be loaded:\n {2}no database/,
    ],
    [
      'a module with an import that is not there',
      { 'a.mjs': 'import "./b.mjs";' },
      '/a.mjs',
      /a\.mjs cannot be loaded:\n.*b\.mjs/s,
    ],
  ])('%s', async (_title, files, name, message) => {
    await expect(loadHandlers([`${modules(files)}${name}`])).rejects.toMatchObject({
      name: 'CommandError',
      message: expect.stringMatching(message),
    });
  });
});
