/** The machine a measurement was taken on. */
import { cpus, release } from 'node:os';
import { isPinningAvailable } from '../processes/pinned.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly kernel: string;
  /** Server and client had a core each. */
  readonly isPinned: boolean;
}

/** This machine. */
export function machineHere(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.version,
    kernel: release(),
    isPinned: isPinningAvailable(),
  };
}
