/** Child processes on a core of their own, where the machine can do that. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { remember } from './living-children.js';

/** The server has this core to itself as far as the load tool is concerned. */
export const serverCore = 0;
export const clientCore = 1;

let canPin: boolean | undefined;
let canDieWithParent: boolean | undefined;

/** Whether processes can be bound to cores: `taskset` is there, and this process may use both cores. */
export function isPinningAvailable(): boolean {
  canPin ??= [serverCore, clientCore].every((core) => succeeds('taskset', ['-c', String(core), 'true']));
  return canPin;
}

export interface PinnedOptions {
  readonly core: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Killed when it still runs after that. */
  readonly lifeMsMax: number;
}

/**
 * Starts Node with these arguments; stdin and stdout are piped, stderr is passed on. The child's pid is Node's own,
 * since the programs in front of it replace themselves.
 */
export function spawnNode(args: readonly string[], { core, environment, lifeMsMax }: PinnedOptions): ChildProcess {
  const [file = process.execPath, ...rest] = [...withParent(), ...onCore(core), process.execPath, ...args];
  const child = spawn(file, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
    timeout: lifeMsMax,
    killSignal: 'SIGKILL',
  });
  remember(child);
  // A child that ended may not have read what was written to it; its exit says why.
  child.stdin?.on('error', () => undefined);
  return child;
}

function onCore(core: number): readonly string[] {
  return isPinningAvailable() ? ['taskset', '-c', String(core)] : [];
}

/** The kernel ends the child with this process, even when nothing here can any more. */
function withParent(): readonly string[] {
  const command = ['setpriv', '--pdeathsig', 'KILL'];
  canDieWithParent ??= succeeds('setpriv', ['--pdeathsig', 'KILL', 'true']);
  return canDieWithParent ? command : [];
}

function succeeds(file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { stdio: 'ignore', timeout: 5000 }).status === 0;
}
