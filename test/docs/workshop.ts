/**
 * A folder below `node_modules/`, so that what a document shows finds the project's packages, and among them `sluice`
 * itself, read from its sources.
 */
import { type ExecFileException, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export class Workshop {
  readonly folder = mkdtempSync(resolve('node_modules/.docs-'));

  constructor() {
    const own = join(this.folder, 'node_modules/sluice');
    mkdirSync(own, { recursive: true });
    const exports = {
      '.': './src/index.ts',
      './operators': './src/operators.ts',
      './client': './src/client.ts',
      './client/msgpack': './src/client-msgpack.ts',
    };
    writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'sluice', type: 'module', exports }));
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify({ type: 'module' }));
    symlinkSync(resolve('src'), join(own, 'src'));
  }

  /** @returns the path of the file */
  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Runs a command to its end in the project's folder. @returns what it wrote to stdout; rejects when it fails */
export function outputOf(command: string, words: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    execFile(command, words, { timeout: 15_000 }, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new Error(`${error.message}\n${stdout}\n${stderr}`));
    });
  });
}
