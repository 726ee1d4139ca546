/**
 * `bench` and `plan`: the load tool, which lies beside the gateway in the package. It is TypeScript, and a process of
 * its own: what measures a server shares no event loop with it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { CommandError } from './command-error.js';
import { packageFolder } from './package-version.js';

/** Runs it with these words. @returns its exit code. @throws CommandError when the package came without it */
export async function loadTool(words: readonly string[]): Promise<number> {
  const script = join(packageFolder() ?? '', 'load', 'command.ts');
  if (!existsSync(script)) throw new CommandError(`expected the load tool at ${script}, and there is none`);
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, ...words], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child too, and it is the one that knows what to end.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', () => undefined);
  process.once('SIGTERM', pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
