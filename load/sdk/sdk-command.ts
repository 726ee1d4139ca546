/**
 * `sluice bench client`. Exit codes: 0 measured, and the goal is met; 1 it is not, or a run failed; 2 wrong arguments.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withTarget } from '../bench/target.js';
import type { CommandOutput } from '../command-output.js';
import { writeResult } from '../fanout/fanout-command.js';
import { giveOrder } from '../processes/ordered-process.js';
import { isPinningAvailable } from '../processes/pinned.js';
import { gatewayScript } from '../processes/server.js';
import { checkText } from '../report/check-text.js';
import { type Summary, spreadOf } from '../report/statistics.js';
import { type Column, textTable } from '../report/text-table.js';
import { parseSdkOptions, type SdkOptions, sdkUsage } from './sdk-options.js';
import { type ClientName, clientNames, type SdkResult } from './sdk-order.js';
import { type SdkRow, type SdkRun, sdkChecks, sdkRows } from './sdk-rows.js';

const script = fileURLToPath(new URL('./sdk-process.ts', import.meta.url));
const config = fileURLToPath(new URL('../config/bench.yaml', import.meta.url));
const warmUpMs = 1500;
/** For starting, connecting and ending, on top of what the measurement itself takes. */
const overheadMsMax = 30_000;

const columns: readonly Column[] = [
  { head: 'in flight', isRight: true },
  { head: 'client' },
  { head: 'client CPU µs/request', isRight: true },
  { head: '× ws', isRight: true },
  { head: 'server CPU µs/request', isRight: true },
  { head: 'requests/s', isRight: true },
];

/** @returns the exit code. @throws on wrong arguments */
export async function sdkCommand(args: readonly string[], { out, err }: CommandOutput): Promise<number> {
  if (args.includes('--help')) {
    out(sdkUsage);
    return 0;
  }
  const options = parseSdkOptions(args);
  if (!existsSync(gatewayScript)) throw new Error(`expected ${gatewayScript}, got none: make build`);
  if (!isPinningAvailable()) err('taskset or a second core is missing: server and client share what there is\n');
  const startedAt = new Date();
  const runs = await measureAll(options, (run) => err(`${run.client}, ${run.inFlight} in flight: ${progress(run)}\n`));
  const [rows, checks] = [sdkRows(runs), sdkChecks(runs)];
  const table = textTable(columns, rows.map(cells), options.isMarkdown ? 'markdown' : 'terminal');
  const foreign = Math.max(...rows.map(({ foreignShare }) => foreignShare));
  out(`${table}\n\nOther processes kept up to ${foreign.toFixed(1)} cores busy meanwhile.\n\n${checkText(checks)}`);
  err(`written to ${writeResult('client', startedAt, options, { rows, checks, runs })}\n`);
  return runs.every(({ failure }) => failure === undefined) && checks.every(({ isMet }) => isMet) ? 0 : 1;
}

/** Each with a fresh server on one core and a fresh client on another, every other repetition backwards. */
async function measureAll(options: SdkOptions, onRun: (run: SdkRun) => void): Promise<SdkRun[]> {
  const runs: SdkRun[] = [];
  for (const inFlight of options.inFlight) {
    for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
      for (const client of repetition % 2 === 1 ? clientNames : clientNames.toReversed()) {
        const run = { client, inFlight, repetition, ...(await outcome(options, client, inFlight)) };
        runs.push(run);
        onRun(run);
      }
    }
  }
  return runs;
}

async function outcome({ connections, windowMs }: SdkOptions, client: ClientName, inFlight: number) {
  const common = { client, connections, inFlight, warmUpMs, windowMs };
  try {
    const result = await withTarget({ target: 'gateway' }, ['-c', config], ({ port, pid = 0 }) =>
      giveOrder<SdkResult>(script, { ...common, port, serverPid: pid }, warmUpMs + windowMs + overheadMsMax),
    );
    return { result };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function progress({ result, failure }: SdkRun): string {
  if (result === undefined) return failure ?? 'not measured';
  return `${(result.clientCpuNs / result.requests / 1000).toFixed(2)} µs of the client for each request`;
}

function cells(row: SdkRow): string[] {
  if (row.invalid !== undefined) return [String(row.inFlight), row.client, `INVALID: ${row.invalid}`];
  return [
    String(row.inFlight),
    row.client,
    withSpread(row.clientUs, 2),
    withSpread(row.ratio, 2),
    withSpread(row.serverUs, 2),
    withSpread(row.requestsPerS, 0),
  ];
}

function withSpread(summary: Summary | undefined, digits: number): string {
  if (summary === undefined) return '';
  const text = digits === 0 ? Math.round(summary.median).toLocaleString('en') : summary.median.toFixed(digits);
  return `${text} ±${Math.round(spreadOf(summary) * 100)} %`;
}
