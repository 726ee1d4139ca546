/** A run on disk: its results for programs, and its report for people, beside each other. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRun } from '../report/bench-run.js';
import { reportPage } from './report-page.js';
import { uplotAssets } from './uplot-assets.js';

export interface ReportFiles {
  readonly json: string;
  readonly html: string;
}

export interface ReportPlace {
  /** Made when missing. */
  readonly folder: string;
  /** Of both files, without an ending: letters, digits, `.`, `_` and `-`, the first a letter or digit. */
  readonly name: string;
}

/** `2026-11-30T08-00-00-echo`. */
export function reportName({ startedAt, scenario }: BenchRun): string {
  return `${startedAt.slice(0, 19).replaceAll(':', '-')}-${scenario}`;
}

/** Writes `<name>.json` and `<name>.html`; files of that name are replaced. Throws on a name that is none. */
export function writeReport(run: BenchRun, { folder, name }: ReportPlace): ReportFiles {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name)) {
    throw new Error(`expected a file name of letters, digits, '.', '_' and '-', got ${JSON.stringify(name)}`);
  }
  const files = { json: join(folder, `${name}.json`), html: join(folder, `${name}.html`) };
  const page = reportPage(run, uplotAssets());
  mkdirSync(folder, { recursive: true });
  writeFileSync(files.json, `${JSON.stringify(run, undefined, 2)}\n`);
  writeFileSync(files.html, page);
  return files;
}
