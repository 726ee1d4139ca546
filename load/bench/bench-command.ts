/**
 * `sluice bench`: a scenario, or one of the measurements that are none. Exit codes: 0 measured, and nothing was lost;
 * 1 the run is not valid, or the audit found something; 2 wrong arguments.
 */

import { writeFileSync } from 'node:fs';
import { resumeCommand, resumeUsage } from '../audit/resume-command.js';
import { selfTest } from '../audit/self-test.js';
import type { CommandOutput } from '../command-output.js';
import { costCommand } from '../cost-command.js';
import { fanoutCommand } from '../fanout/fanout-command.js';
import { fanoutUsage } from '../fanout/fanout-options.js';
import { reconnectCommand, reconnectUsage } from '../fanout/reconnect-command.js';
import { comparePage } from '../html/compare-page.js';
import { compareText } from '../html/compare-text.js';
import { readRun } from '../html/read-run.js';
import { reportName, writeReport } from '../html/report-file.js';
import { uplotAssets } from '../html/uplot-assets.js';
import { sdkCommand } from '../sdk/sdk-command.js';
import { sdkUsage } from '../sdk/sdk-options.js';
import { type BenchOptions, benchUsage, parseBenchOptions } from './bench-options.js';
import { benchText } from './bench-text.js';
import { goalsCommand, goalsUsage } from './goals-command.js';
import { runHttpScenario } from './http-scenario.js';
import { modelCommand, modelUsage } from './model-command.js';
import { runScenario } from './run-scenario.js';

const usage = `${benchUsage}
${goalsUsage}
${modelUsage}
${fanoutUsage}
${reconnectUsage}
${resumeUsage}
${sdkUsage}
Usage: sluice bench --compare a.json b.json
  Shows two runs side by side, and writes compare.html beside the second.

Usage: sluice bench cost [--short | --peers] [options]
  What an event costs the gateway and its peers, as a multiple of the limit: sluice bench cost --help

Usage: sluice bench self-test [seed]
  Plants every kind of fault the audit knows in a server of its own, and shows that each is found.
`;

/** @returns the exit code */
export async function benchCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    output.out(usage);
    return name === undefined ? 2 : 0;
  }
  try {
    if (name === '--compare' || name === 'compare') return compare(rest, output);
    if (name === 'self-test') return await testAudit(rest, output);
    if (name === 'model') return await modelCommand(rest, output);
    if (name === 'goals') return await goalsCommand(rest, output);
    if (name === 'cost') return await costCommand(rest, output);
    if (name === 'resume') return await resumeCommand(rest, output);
    if (name === 'fanout') return await fanoutCommand(rest, output);
    if (name === 'client') return await sdkCommand(rest, output);
    if (name === 'reconnect') return await reconnectCommand(rest, output);
  } catch (error) {
    output.err(`${messageOf(error)}\n`);
    return 2;
  }
  return bench(args, output);
}

async function bench(args: readonly string[], output: CommandOutput): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseBenchOptions(args);
  } catch (error) {
    output.err(`${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  const say = (text: string): void => output.err(`${text}\n`);
  const run =
    options.scenario.name === 'http'
      ? await runHttpScenario(options, { say })
      : await runScenario(options.scenario, options, { say });
  const files = writeReport(run, { folder: options.results, name: reportName(run) });
  output.out(options.isJson ? `${JSON.stringify(run, undefined, 2)}\n` : `${benchText(run)}\n`);
  say(`written to ${files.json} and ${files.html}`);
  return run.invalid.length > 0 || run.verdict.kind !== 'ok' ? 1 : 0;
}

function compare(files: readonly string[], { out, err }: CommandOutput): number {
  const [first, second, ...more] = files;
  if (first === undefined || second === undefined || more.length > 0) {
    throw new Error(`expected --compare to have two files, got ${files.length}`);
  }
  const [a, b] = [readRun(first), readRun(second)];
  const page = second.replace(/(\.json)?$/, '-compared.html');
  writeFileSync(page, comparePage(a, b, uplotAssets()));
  out(`${compareText(a, b)}\n`);
  err(`written to ${page}\n`);
  return 0;
}

async function testAudit([seed = '1', ...more]: readonly string[], { out }: CommandOutput): Promise<number> {
  if (!/^\d{1,9}$/.test(seed) || more.length > 0) throw new Error(`expected self-test to have one seed, got ${seed}`);
  const results = await selfTest(Number(seed));
  for (const { fault, expected, verdict, isCaught } of results) {
    out(`${isCaught ? 'caught' : 'MISSED'}  ${fault}: expected ${expected}, found ${verdict.kind}\n`);
  }
  return results.every(({ isCaught }) => isCaught) ? 0 : 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
