/**
 * `sluice bench cost`: what an event costs the gateway and its peers, printed as a multiple of the limit. Exit codes:
 * 0 measured, 1 some run is invalid, 2 wrong arguments or nothing to measure.
 */
import { existsSync } from 'node:fs';
import type { CommandOutput } from './command-output.js';
import { type LoadOptions, parseOptions, usage } from './options.js';
import type { Measurement } from './plan/measurement.js';
import { allMeasurements } from './plan/measurements.js';
import { selectMeasurements } from './plan/select-measurements.js';
import { isPinningAvailable } from './processes/pinned.js';
import { gatewayScript } from './processes/server.js';
import { progressLine } from './report/progress-line.js';
import { reportTable } from './report/report-table.js';
import { writeResults } from './report/results-file.js';
import { faultOf, rowsOf } from './report/row.js';
import { measure } from './run/measure.js';
import { runAll } from './run/run-all.js';

/** @returns the exit code */
export async function costCommand(args: readonly string[], output: CommandOutput): Promise<number> {
  if (args.includes('--help')) {
    output.out(usage);
    return 0;
  }
  let options: LoadOptions;
  let measurements: readonly Measurement[];
  try {
    options = parseOptions(args);
    measurements = selectMeasurements(allMeasurements(), options);
    check(measurements);
  } catch (error) {
    output.err(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  return report(options, measurements, output);
}

async function report(
  options: LoadOptions,
  measurements: readonly Measurement[],
  { out, err }: CommandOutput,
): Promise<number> {
  const startedAt = new Date();
  if (!isPinningAvailable()) err('taskset or a second core is missing: server and client share what there is\n');
  const runs = await runAll(measurements, options.repetitions, {
    measure: (measurement) => measure(measurement, options),
    onRun: (measurement, run, progress) => err(`${progressLine(measurement, run, progress)}\n`),
  });
  const rows = rowsOf(measurements, runs);
  out(reportTable(rows, options.isMarkdown ? 'markdown' : 'terminal'));
  err(`written to ${writeResults({ startedAt, options, rows, runs })}\n`);
  return runs.some((run) => faultOf(run) !== undefined) ? 1 : 0;
}

/** @throws when there is nothing to measure */
function check(measurements: readonly Measurement[]): void {
  if (measurements.length === 0) throw new Error('expected --only and --servers to leave something to measure');
  if (measurements.some(({ server }) => server === 'gateway') && !existsSync(gatewayScript)) {
    throw new Error(`expected ${gatewayScript}, got none: build it, or leave the gateway out with --servers`);
  }
}
