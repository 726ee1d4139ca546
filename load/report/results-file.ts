/** The report as programs read it: every run, every row, and the machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { LoadOptions } from '../options.js';
import type { Run } from '../run/run-all.js';
import { machineHere } from './machine.js';
import type { Row } from './row.js';

export interface Results {
  readonly startedAt: Date;
  readonly options: LoadOptions;
  readonly rows: readonly Row[];
  readonly runs: readonly Run[];
}

/** Writes `<date and time>.json` into the folder of the options, made when missing. @returns its path */
export function writeResults({ startedAt, options, rows, runs }: Results): string {
  const date = startedAt.toISOString();
  const machine = { ...machineHere(), memoryBytes: totalmem() };
  const content = { date, durationMs: Date.now() - startedAt.getTime(), machine, options, rows, runs };
  mkdirSync(options.results, { recursive: true });
  const path = join(options.results, `${date.slice(0, 19).replaceAll(':', '-')}.json`);
  writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
  return path;
}
