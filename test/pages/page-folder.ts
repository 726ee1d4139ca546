/** Folders with files, for tests of what is served from them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

const root = mkdtempSync(join(tmpdir(), 'sluice-pages-'));
let made = 0;

afterAll(() => rmSync(root, { recursive: true }));

/** Makes a folder of these files: path in it → content. @returns where it is */
export function pageFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  made += 1;
  const folder = join(root, `${made}`);
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
