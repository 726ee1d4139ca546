import { once } from 'node:events';
import { linkSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PagesError } from '../../src/pages/pages-error.js';
import { type PageBounds, pageBounds, readPages } from '../../src/pages/read-pages.js';
import { pageFolder } from './page-folder.js';

/** First path → content. */
function contents(folders: readonly string[]): Record<string, string> {
  return Object.fromEntries(readPages(folders).map(({ paths, bytes }) => [paths[0], Buffer.from(bytes).toString()]));
}

/** What is said about folders that cannot be served, their place left out. */
function refusal(folder: string, bounds: Partial<PageBounds> = {}, more: readonly string[] = []): string {
  try {
    readPages([folder, ...more], { ...pageBounds, ...bounds });
  } catch (error) {
    if (error instanceof PagesError) return error.message.replaceAll(folder, '<folder>');
    throw error;
  }
  return 'no refusal';
}

describe('reading the pages', () => {
  it('finds all files of a folder and of those in it', () => {
    const folder = pageFolder({ 'a.txt': '1', 'b/c.js': '2', 'b/d/e.css': '3', 'no-extension': '4' });
    expect(contents([folder])).toEqual({ '/a.txt': '1', '/b/c.js': '2', '/b/d/e.css': '3', '/no-extension': '4' });
  });

  it('puts an index.html at its folder as well', () => {
    const folder = pageFolder({ 'index.html': '1', 'b/index.html': '2', 'b/my-index.html': '3' });
    expect(readPages([folder]).map(({ paths }) => paths)).toEqual([
      ['/b/index.html', '/b/'],
      ['/b/my-index.html'],
      ['/index.html', '/'],
    ]);
  });

  it('takes the file of the first folder that has it', () => {
    const first = pageFolder({ 'a.txt': 'first', 'b/c.txt': 'first' });
    const second = pageFolder({ 'a.txt': 'second', 'b/d.txt': 'second', 'index.html': 'second' });
    const all = { '/a.txt': 'first', '/b/c.txt': 'first', '/b/d.txt': 'second', '/index.html': 'second' };
    expect(contents([first, second])).toEqual(all);
    expect(contents([second, first])['/a.txt']).toBe('second');
  });

  it('finds nothing in no folder, and in an empty one', () => {
    expect(readPages([])).toEqual([]);
    expect(readPages([pageFolder({})])).toEqual([]);
  });

  it('leaves out what begins with a dot, whatever else is wrong with it', () => {
    const folder = pageFolder({ '.env': 'secret', '.git/config': 'secret', 'a/.b c': 'secret', 'a/b.txt': '1' });
    symlinkSync('/nowhere', join(folder, '.dangling'));
    expect(contents([folder])).toEqual({ '/a/b.txt': '1' });
  });

  it.each(['a b.txt', 'ä.txt', 'a%20b.txt', ':name', 'a*', 'a?b', 'b/c d.js'])(
    'refuses a name that would have to be encoded, or means something to a router: %s',
    (name) => {
      expect(refusal(pageFolder({ [name]: '' }))).toBe(
        `pages: expected file names of A-Z a-z 0-9 . _ ~ -, got ${JSON.stringify(name)} in the folder <folder>`,
      );
    },
  );

  it('refuses a folder that is none, and names it', () => {
    const folder = pageFolder({ 'a.txt': '' });
    expect(refusal(join(folder, 'none'))).toBe('pages: expected to read <folder>, got nothing');
    expect(refusal(join(folder, 'a.txt'))).toBe('pages: expected a folder at <folder>, got a file');
    expect(refusal(join(folder, 'a.txt/b'))).toBe(
      'pages: expected to read <folder>, got a file where a folder should be',
    );
    expect(refusal(folder, {}, ['/nowhere'])).toBe('pages: expected to read /nowhere, got nothing');
  });

  it('refuses what is neither a file nor a folder', async () => {
    const folder = pageFolder({});
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    expect(refusal(folder)).toBe('pages: expected files and folders only, got <folder>/socket');
    server.close();
  });
});

describe('links', () => {
  it('are followed to files and folders in the same folder, and one may be the folder', () => {
    const folder = pageFolder({ 'a.txt': '1', 'b/c.txt': '2' });
    symlinkSync('a.txt', join(folder, 'd.txt'));
    symlinkSync(join(folder, 'b'), join(folder, 'e'));
    linkSync(join(folder, 'a.txt'), join(folder, 'f.txt'));
    const all = { '/a.txt': '1', '/b/c.txt': '2', '/d.txt': '1', '/e/c.txt': '2', '/f.txt': '1' };
    expect(contents([folder])).toEqual(all);
    const elsewhere = pageFolder({});
    symlinkSync(folder, join(elsewhere, 'link'));
    expect(contents([join(elsewhere, 'link')])).toEqual(all);
  });

  it.each([
    ['a file elsewhere', 'link', '/etc/hostname'],
    ['a folder elsewhere', 'link', '/etc'],
    ['a file of the folder around', 'link', '../secret/a.txt'],
    ['the folder around', 'link', '..'],
    ['what begins as the folder does', 'link', '../pages-old/a.txt'],
    ['a file behind a dot', 'link', '.env'],
    ['a folder elsewhere, from further inside', 'b/link', '../../secret'],
  ])('are refused when they lead to %s', (_title, name, target) => {
    const around = pageFolder({
      'secret/a.txt': 'secret',
      'pages-old/a.txt': 'secret',
      'pages/.env': 'secret',
      'pages/b/c.txt': '',
    });
    symlinkSync(target, join(around, 'pages', name));
    expect(refusal(join(around, 'pages'))).toMatch(
      new RegExp(`^pages: expected links that stay in their folder, got <folder>/${name} to (?:/|<folder>)`),
    );
  });

  it('are refused when they lead nowhere, or to themselves', () => {
    const folder = pageFolder({});
    symlinkSync('nothing', join(folder, 'a'));
    expect(refusal(folder)).toBe('pages: expected to read <folder>/a, got nothing');
    const other = pageFolder({});
    symlinkSync('a', join(other, 'a'));
    expect(refusal(other)).toBe('pages: expected to read <folder>/a, got a link to itself');
  });

  it('that go in circles end at a bound', () => {
    const folder = pageFolder({ 'a.txt': '' });
    symlinkSync('.', join(folder, 'b'));
    symlinkSync('.', join(folder, 'c'));
    expect(refusal(folder)).toContain('expected paths of at most 16 parts, got b/b/b/b/b');
    expect(refusal(folder, { depthMax: 1000, foldersMax: 20 })).toContain('expected at most 20 folders in all');
  });
});

describe('the bounds', () => {
  const files = { 'a.txt': '1234', 'b/c.txt': '1234', 'b/d.txt': '12' };

  it('are those that were promised', () => {
    expect(pageBounds).toEqual({
      filesMax: 256,
      foldersMax: 256,
      bytesMax: 8_388_608,
      fileBytesMax: 4_194_304,
      depthMax: 16,
    });
  });

  it.each([
    [{ filesMax: 3 }, { filesMax: 2 }, 'pages: expected at most 2 files in all, got more, in the folder <folder>'],
    [
      { foldersMax: 2 },
      { foldersMax: 1 },
      'pages: expected at most 1 folders in all, got more, in the folder <folder>',
    ],
    [{ bytesMax: 10 }, { bytesMax: 9 }, 'pages: expected at most 9 bytes in all, got more, in the folder <folder>'],
    [{ fileBytesMax: 4 }, { fileBytesMax: 3 }, 'pages: expected files of at most 3 bytes, got 4 in <folder>/a.txt'],
    [{ depthMax: 2 }, { depthMax: 1 }, 'pages: expected paths of at most 1 parts, got b/c.txt, in the folder <folder>'],
  ])('hold exactly: %o is enough, %o is not', (enough, tooLittle, message) => {
    const folder = pageFolder(files);
    expect(refusal(folder, enough)).toBe('no refusal');
    expect(refusal(folder, tooLittle)).toBe(message);
  });

  it('are of all folders together, without what an earlier one has', () => {
    const folder = pageFolder(files);
    const other = pageFolder({ ...files, 'e.txt': '1' });
    expect(refusal(folder, { filesMax: 4, bytesMax: 11 }, [other])).toBe('no refusal');
    expect(refusal(folder, { filesMax: 3 }, [other])).toContain('at most 3 files in all');
    expect(refusal(folder, { bytesMax: 10 }, [other])).toContain('at most 10 bytes in all');
    expect(refusal(folder, { foldersMax: 3 }, [other])).toContain('at most 3 folders in all');
  });
});
