/**
 * `sluice bench fanout`: what a delivery costs, or with `--memory` what a subscription and a topic take. Exit codes:
 * 0 measured and every delivery was in order; 1 some run is invalid, or a goal is not met; 2 wrong arguments.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkOpenFiles } from '../bench/open-files.js';
import type { CommandOutput } from '../command-output.js';
import { isPinningAvailable } from '../processes/pinned.js';
import { gatewayScript } from '../processes/server.js';
import { machineHere } from '../report/machine.js';
import { type FanoutOptions, fanoutUsage, parseFanoutOptions } from './fanout-options.js';
import { fanoutChecks, fanoutRows, faultOf } from './fanout-rows.js';
import { fanoutText } from './fanout-text.js';
import { type FanoutRun, measureFanout } from './measure-fanout.js';
import { measureMemory } from './measure-memory.js';
import { memoryText } from './memory-text.js';

/** @returns the exit code. @throws on wrong arguments, or when a server cannot be started */
export async function fanoutCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  if (args.includes('--help')) {
    output.out(fanoutUsage);
    return 0;
  }
  const options = parseFanoutOptions(args);
  if (!existsSync(gatewayScript)) throw new Error(`expected ${gatewayScript}, got none: make build`);
  checkOpenFiles(options.subscribers);
  if (!isPinningAvailable()) output.err('taskset or a second core is missing: server and client share what there is\n');
  return options.isMemory ? memory(options, output) : deliveries(options, output);
}

async function deliveries(options: FanoutOptions, { out, err }: CommandOutput): Promise<number> {
  const startedAt = new Date();
  const runs = await measureFanout(options, (run) => err(`${progress(run)}\n`));
  const rows = fanoutRows(runs);
  const checks = fanoutChecks(runs, options.subscribers / options.topics);
  const style = options.isMarkdown ? 'markdown' : 'terminal';
  out(fanoutText(rows, checks, { shape: options, style }));
  err(`written to ${writeResult('fanout', startedAt, options, { rows, checks, runs })}\n`);
  const isValid = runs.every((run) => faultOf(run) === undefined);
  return isValid && checks.every(({ isMet }) => isMet) ? 0 : 1;
}

async function memory(options: FanoutOptions, { out, err }: CommandOutput): Promise<number> {
  const startedAt = new Date();
  const found = await measureMemory(options.encoding, (text) => err(`${text}\n`));
  out(memoryText(found, options.isMarkdown ? 'markdown' : 'terminal'));
  err(`written to ${writeResult('fanout-memory', startedAt, options, { found })}\n`);
  return 0;
}

function progress(run: FanoutRun): string {
  const { server, inFlight, repetition, result } = run;
  const name = `${server}, ${inFlight} in flight, repetition ${repetition}`;
  const fault = faultOf(run);
  if (fault !== undefined || result === undefined) return `${name}: ${fault}`;
  const perS = Math.round((result.deliveries / result.elapsedNs) * 1e9).toLocaleString('en');
  return `${name}: ${perS}/s, ${Math.round(result.serverCpuNs / result.deliveries)} ns each`;
}

/** Writes what was found beside what it was found with. @returns the path */
export function writeResult<Options extends { readonly results: string }>(
  name: string,
  startedAt: Date,
  options: Options,
  found: Readonly<Record<string, unknown>>,
): string {
  const date = startedAt.toISOString();
  const content = { date, durationMs: Date.now() - startedAt.getTime(), machine: machineHere(), options, ...found };
  mkdirSync(options.results, { recursive: true });
  const path = join(options.results, `${date.slice(0, 19).replaceAll(':', '-')}-${name}.json`);
  writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
  return path;
}
