/**
 * `sluice bench goals`: every goal about overload, measured one after the other, in one table. Exit codes: 0 all met;
 * 1 one is not, or a run is not valid or not clean; 2 wrong arguments.
 */
import { parseArgs } from 'node:util';
import type { CommandOutput } from '../command-output.js';
import { writeCurves } from '../curves/write-curves.js';
import { reportName, writeReport } from '../html/report-file.js';
import type { BenchRun } from '../report/bench-run.js';
import { goalsTable } from '../report/check-text.js';
import { parseBenchOptions } from './bench-options.js';
import { goals } from './goals.js';
import { runScenario } from './run-scenario.js';

/** What can be asked for. */
export const goalsUsage = `Usage: sluice bench goals [options]
  Measures the goals about overload, one after the other: ${goals.map(({ name }) => name).join(', ')}

  --only O1,O3       some of them
  --repetitions n    measure each so often: the median is held to the goal
  --duration s       seconds of each level, instead of what each scenario has
  --curves folder    draw the curves of O1, O2 and O5 as SVG
  --markdown         print the table as Markdown
  --json             print all runs as JSON instead
  --seed n, --results folder
`;

const flags = {
  only: { type: 'string' },
  repetitions: { type: 'string' },
  duration: { type: 'string' },
  curves: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  seed: { type: 'string' },
  results: { type: 'string', default: 'load/results' },
} as const;

/** Runs one scenario: another one is given by tests. */
export type RunGoal = typeof runScenario;

/** @returns the exit code. @throws on wrong arguments, or when a scenario cannot be run */
export async function goalsCommand(
  args: readonly string[],
  { out, err }: CommandOutput,
  run: RunGoal = runScenario,
): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: flags });
  const passedOn = (['repetitions', 'duration', 'seed', 'results'] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined || value === flags.results.default ? [] : [`--${name}`, value];
  });
  const all = chosen(values.only).flatMap(({ scenarios }) => scenarios);
  const orders = all.map((scenario) => parseBenchOptions([scenario, ...passedOn]));
  const runs: BenchRun[] = [];
  for (const options of orders) {
    const found = await run(options.scenario, options, { say: (text) => err(`${text}\n`) });
    runs.push(found);
    writeReport(found, { folder: options.results, name: reportName(found) });
  }
  const rows = runs.flatMap(({ checks = [], command }) => checks.map((check) => ({ check, command })));
  const table = goalsTable(rows, values.markdown ? 'markdown' : 'terminal');
  out(values.json ? `${JSON.stringify(runs, undefined, 2)}\n` : `${[table, ...runs.flatMap(troubles)].join('\n')}\n`);
  if (values.curves !== undefined) for (const path of writeCurves(runs, values.curves)) err(`written to ${path}\n`);
  return runs.every(isGood) ? 0 : 1;
}

function chosen(only: string | undefined): typeof goals {
  if (only === undefined) return goals;
  const names = only.split(',');
  const unknown = names.find((name) => !goals.some((goal) => goal.name === name));
  if (unknown === undefined) return goals.filter(({ name }) => names.includes(name));
  throw new Error(`expected --only to be some of ${goals.map(({ name }) => name).join(', ')}, got ${unknown}`);
}

/** A scenario without any goal would be met by every run: it is not good. */
function isGood({ checks = [], verdict, invalid }: BenchRun): boolean {
  return checks.length > 0 && checks.every(({ isMet }) => isMet) && verdict.kind === 'ok' && invalid.length === 0;
}

/** Why the figures of a run may not be used. */
function troubles({ scenario, verdict, invalid }: BenchRun): string[] {
  return [
    ...invalid.map((reason) => `${scenario} NOT VALID: ${reason}`),
    ...(verdict.kind === 'ok' ? [] : [`${scenario} audit: ${verdict.kind}, ${verdict.findings[0]?.message ?? ''}`]),
  ];
}
