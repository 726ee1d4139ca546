/** Curves on disk: a picture for documents, and beside it the figures it was drawn from. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRun } from '../report/bench-run.js';
import { runCurves } from './run-curves.js';
import { svgCurve } from './svg-curve.js';

/** Writes `<scenario>.svg` and `<scenario>.json` for each run that has a curve. @returns the paths of the pictures */
export function writeCurves(runs: readonly BenchRun[], folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(runCurves(runs)).map(([name, curve]) => {
    const path = join(folder, `${name}.svg`);
    writeFileSync(path, svgCurve(curve));
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(curve, undefined, 2)}\n`);
    return path;
  });
}
