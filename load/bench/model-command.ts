/** `sluice bench model`: the queueing model beside the running gateway, as a table and as a page with plots. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandOutput } from '../command-output.js';
import { uplotAssets } from '../html/uplot-assets.js';
import { type Column, textTable } from '../report/text-table.js';
import { modelPage } from './model-page.js';
import { type ModelOptions, type ModelRow, runModel, waitError } from './model-run.js';

export const modelUsage = `Usage: sluice bench model [options]
  Drives the gateway at rising utilisation with handlers of known service time, beside what queueing theory predicts.

  --slots n            slots of the pipeline (2)
  --service name       exponential, deterministic (exponential)
  --service-ms n       mean service time (4)
  --events n           events of each level (16000)
  --utilisations list  (0.5,0.6,0.7,0.8,0.9)
  --seed n             (1)
  --results folder     (load/results)
`;

/** The mean wait may be off by so much. */
const errorMax = 0.2;

/** @returns 0 when every mean wait is predicted within 20 %, else 1. @throws an `Error` for wrong arguments */
export async function modelCommand(args: readonly string[], { out, err }: CommandOutput): Promise<number> {
  const { results, ...options } = parse(args);
  const startedAt = new Date();
  const rows = await runModel(options, (text) => err(`${text}\n`));
  mkdirSync(results, { recursive: true });
  const path = join(results, `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}-model`);
  writeFileSync(`${path}.json`, `${JSON.stringify({ startedAt, options, rows }, undefined, 2)}\n`);
  writeFileSync(`${path}.html`, modelPage({ startedAt, options, rows }, uplotAssets()));
  out(modelText(rows));
  err(`written to ${path}.json and ${path}.html\n`);
  return rows.every((row) => Math.abs(waitError(row)) <= errorMax) ? 0 : 1;
}

/** The rows as a table; ends with a line break. */
function modelText(rows: readonly ModelRow[]): string {
  const heads = [
    'utilisation',
    'offered/s',
    'service ms',
    'mean wait predicted',
    'measured',
    'off by',
    'p95 predicted',
    'measured',
    'queue predicted',
    'measured',
    'done/s',
  ];
  const columns: Column[] = heads.map((head) => ({ head, isRight: true }));
  const cells = rows.map((row) => {
    const { predicted, measured } = row;
    return [
      predicted.utilisation.toFixed(3),
      row.ratePerS.toFixed(0),
      row.serviceMs.toFixed(3),
      `${predicted.waitMeanMs.toFixed(3)} ms`,
      `${measured.waitMeanMs.toFixed(3)} ms`,
      `${(waitError(row) * 100).toFixed(1)} %`,
      `${predicted.waitP95Ms.toFixed(2)} ms`,
      `${measured.waitP95Ms.toFixed(2)} ms`,
      predicted.queueLengthMean.toFixed(2),
      measured.queueLengthMean.toFixed(2),
      measured.throughputPerS.toFixed(0),
    ];
  });
  return `${textTable(columns, cells, 'terminal')}\n`;
}

function parse(args: readonly string[]): ModelOptions & { readonly results: string } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      slots: { type: 'string', default: '2' },
      service: { type: 'string', default: 'exponential' },
      'service-ms': { type: 'string', default: '4' },
      events: { type: 'string', default: '16000' },
      utilisations: { type: 'string', default: '0.5,0.6,0.7,0.8,0.9' },
      seed: { type: 'string', default: '1' },
      results: { type: 'string', default: 'load/results' },
    },
  });
  const { service } = values;
  if (service !== 'exponential' && service !== 'deterministic') {
    throw new Error(`expected --service to be exponential or deterministic, got ${service}`);
  }
  return {
    slots: number('--slots', values.slots, 1, 1000),
    service,
    serviceMs: number('--service-ms', values['service-ms'], 0.1, 10_000),
    events: number('--events', values.events, 100, 1_000_000),
    utilisations: values.utilisations.split(',').map((text) => number('--utilisations', text, 0.01, 0.97)),
    seed: number('--seed', values.seed, 1, 1_000_000),
    results: values.results,
  };
}

function number(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== '' && value >= least && value <= most) return value;
  throw new Error(`expected ${flag} to be a number from ${least} to ${most}, got ${text}`);
}
