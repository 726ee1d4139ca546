/**
 * Repetitions, interleaved: each runs every measurement once, every other one backwards, so that a machine that gets
 * slower or faster meanwhile favours nobody.
 */
import type { LoadResult } from '../client/order.js';
import type { Measurement } from '../plan/measurement.js';
import { MissingProgram } from '../processes/missing-program.js';

/** One measurement in one repetition: figures, or why there are none. */
export interface Run {
  readonly id: string;
  /** Counted from 1. */
  readonly repetition: number;
  readonly result?: LoadResult;
  readonly failure?: string;
  /** Why this machine cannot run it: neither figures nor a failure. */
  readonly missing?: string;
}

export interface RunAllPorts {
  measure(measurement: Measurement): Promise<LoadResult>;
  /** Called after each run; `done` of `total` are over. */
  onRun(measurement: Measurement, run: Run, progress: { readonly done: number; readonly total: number }): void;
}

/** Runs everything one after another. A measurement that fails is noted, and the others go on. */
export async function runAll(
  measurements: readonly Measurement[],
  repetitions: number,
  ports: RunAllPorts,
): Promise<Run[]> {
  const runs: Run[] = [];
  const total = measurements.length * repetitions;
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const measurement of repetition % 2 === 1 ? measurements : measurements.toReversed()) {
      const run = { id: measurement.id, repetition, ...(await outcome(() => ports.measure(measurement))) };
      runs.push(run);
      ports.onRun(measurement, run, { done: runs.length, total });
    }
  }
  return runs;
}

async function outcome(measure: () => Promise<LoadResult>): Promise<Omit<Run, 'id' | 'repetition'>> {
  try {
    return { result: await measure() };
  } catch (error) {
    if (error instanceof MissingProgram) return { missing: error.message };
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
