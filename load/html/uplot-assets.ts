/** The drawing library of the pages, as the text that is put into them. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface UplotAssets {
  /** A classic script that declares `uPlot`, with its licence on top, as that demands of copies. */
  readonly script: string;
  readonly style: string;
}

/** Reads the installed package `uplot`. Throws when it is not installed. */
export function uplotAssets(): UplotAssets {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const text = (path: string): string => readFileSync(join(folder, path), 'utf8');
  return {
    script: `/*!\n${text('LICENSE').trim()}\n*/\n${text('dist/uPlot.iife.min.js')}`,
    style: text('dist/uPlot.min.css'),
  };
}
