/** Child processes on a core of their own, where the machine can do that. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The server has this core to itself as far as the load tool is concerned. */
export const serverCore = 0;
export const clientCore = 1;

let canPin: boolean | undefined;

/** Whether processes can be bound to cores: `taskset` is there, and a second core. */
export function isPinningAvailable(): boolean {
  canPin ??= availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  return canPin;
}

export interface PinnedOptions {
  readonly core: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Starts Node with these arguments; stdout is piped, stderr is passed on. The child's pid is Node's own, since
 * `taskset` replaces itself.
 */
export function spawnNode(args: readonly string[], { core, environment }: PinnedOptions): ChildProcess {
  const command = isPinningAvailable() ? ['taskset', '-c', String(core), process.execPath] : [process.execPath];
  const [file = process.execPath, ...first] = command;
  return spawn(file, [...first, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
}

/** Collects stdout until the process ends. @throws when it ends with another code than 0 */
export function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`expected the load process to end with 0, got ${code ?? signal}`));
    });
  });
}
