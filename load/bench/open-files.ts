/** Whether a process may have as many connections as a scenario wants. */
import { readFileSync } from 'node:fs';

/** Files, pipes and listeners a process has besides. */
const besides = 500;

/** @throws when the limit of open files of this process, which its children have too, is too low */
export function checkOpenFiles(connections: number, limit: number = openFilesMax()): void {
  const needed = connections + besides;
  if (limit >= needed) return;
  throw new Error(
    `expected room for ${needed} open files, as ${connections} connections need, got ${limit}: ulimit -n ${needed}`,
  );
}

/** The soft limit, which Node raises to the hard one when it starts. */
function openFilesMax(): number {
  const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
  return soft === 'unlimited' || soft === undefined ? Number.MAX_SAFE_INTEGER : Number(soft);
}
