/** Settings and machine of a run, as names and values for people. */
import type { BenchRun } from '../report/bench-run.js';
import type { Machine } from '../report/machine.js';

/** A name and its value. */
export type Fact = readonly [name: string, value: string];

/** What was chosen, in the order of the run. */
export function settingFacts({ settings }: BenchRun): Fact[] {
  return Object.entries(settings).map(([name, value]) => [name, said(value)]);
}

/** What it ran on. */
export function machineFacts({ machine }: { readonly machine: Machine }): Fact[] {
  const { cpu, cores, node, kernel, isPinned } = machine;
  return [
    ['CPU', cpu],
    ['cores', String(cores)],
    ['Node.js', node],
    ['kernel', kernel],
    ['pinned to cores', said(isPinned)],
  ];
}

function said(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
