/**
 * The child processes that still run, so that none outlives the load tool: whoever ends it, by an error or a signal,
 * ends them too.
 */
import type { ChildProcess } from 'node:child_process';

const living = new Set<ChildProcess>();

/** Remembers a child until it ends. */
export function remember(child: ChildProcess): void {
  living.add(child);
  const forget = (): void => {
    living.delete(child);
  };
  child.once('exit', forget);
  child.once('error', forget);
}

/** Kills every child that still runs. Synchronous, so it may be called while the process exits. */
export function killChildren(): void {
  for (const child of living) child.kill('SIGKILL');
}
