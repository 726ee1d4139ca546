/** An example in a process of its own, as one would run it, with `sluice/client` read from its sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { clientWorkshop } from '../docs/client-samples-workshop.js';

const workshop = clientWorkshop();
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => workshop.remove());

/** What one example has written, and how it ended. */
export interface Example {
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves with the exit code, or the signal that ended it, when all it wrote has been read. */
  readonly ended: Promise<number | string | null>;
  kill(signal: NodeJS.Signals): void;
  /** Waits until what it wrote, to either, has it. Rejects when the process ends before. */
  until(pattern: RegExp): Promise<void>;
}

/** A path in a folder that is gone after the tests. */
export function pathOf(name: string): string {
  return `${workshop.folder}/${name}`;
}

/** Starts an example. @param stdin what it reads, to its end; without it, stdin stays open and silent */
export function example(path: string, words: readonly string[], stdin?: string): Example {
  const file = workshop.write(basename(path), readFileSync(path, 'utf8'));
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...words]);
  running.add(child);
  const written = { stdout: '', stderr: '' };
  let changed: () => void = () => undefined;
  let isOver = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      changed();
    });
  }
  if (stdin !== undefined) child.stdin.end(stdin);
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => {
      isOver = true;
      changed();
      resolve(code ?? signal);
    });
  });
  return {
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    ended,
    kill: (signal) => child.kill(signal),
    async until(pattern) {
      while (!pattern.test(written.stdout) && !pattern.test(written.stderr)) {
        if (isOver) throw new Error(`ended without ${pattern}:\n${written.stdout}\n${written.stderr}`);
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    },
  };
}
