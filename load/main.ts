/**
 * The load tool: measures what an event costs the gateway and its peers, and prints it as a multiple of the limit.
 * Exit codes: 0 measured, 1 some run is invalid (or the tool broke), 2 wrong arguments or nothing to measure, 128 + n
 * ended by a signal.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { type LoadOptions, parseOptions, usage } from './options.js';
import type { Measurement } from './plan/measurement.js';
import { allMeasurements } from './plan/measurements.js';
import { selectMeasurements } from './plan/select-measurements.js';
import { killChildren } from './processes/living-children.js';
import { isPinningAvailable } from './processes/pinned.js';
import { gatewayScript } from './processes/server.js';
import { progressLine } from './report/progress-line.js';
import { reportTable } from './report/report-table.js';
import { writeResults } from './report/results-file.js';
import { faultOf, rowsOf } from './report/row.js';
import { measure } from './run/measure.js';
import { runAll } from './run/run-all.js';

process.once('exit', killChildren);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: LoadOptions;
  let measurements: readonly Measurement[];
  try {
    options = parseOptions(args);
    measurements = selectMeasurements(allMeasurements(), options);
    check(measurements);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  return report(options, measurements);
}

async function report(options: LoadOptions, measurements: readonly Measurement[]): Promise<number> {
  const startedAt = new Date();
  if (!isPinningAvailable()) say('taskset or a second core is missing: server and client share what there is\n');
  const runs = await runAll(measurements, options.repetitions, {
    measure: (measurement) => measure(measurement, options),
    onRun: (measurement, run, progress) => say(`${progressLine(measurement, run, progress)}\n`),
  });
  const rows = rowsOf(measurements, runs);
  process.stdout.write(reportTable(rows, options.isMarkdown ? 'markdown' : 'terminal'));
  say(`written to ${writeResults({ startedAt, options, rows, runs })}\n`);
  return runs.some((run) => faultOf(run) !== undefined) ? 1 : 0;
}

/** @throws when there is nothing to measure */
function check(measurements: readonly Measurement[]): void {
  if (measurements.length === 0) throw new Error('expected --only and --servers to leave something to measure');
  if (measurements.some(({ server }) => server === 'gateway') && !existsSync(gatewayScript)) {
    throw new Error(`expected ${gatewayScript}, got none: build it, or leave the gateway out with --servers`);
  }
}

function say(text: string): void {
  process.stderr.write(text);
}
