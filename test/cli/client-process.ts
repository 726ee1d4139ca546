/** A client command in a process of its own, run from its sources: what goes into it, and what it writes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { vi } from 'vitest';

export interface Ended {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ClientProcess>();

/** Ends all that are left. */
export function endClientProcesses(): void {
  for (const child of running) child.child.kill('SIGKILL');
  running.clear();
}

export class ClientProcess {
  stdout = '';
  stderr = '';
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;

  constructor(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(?:SLUICE_|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
    );
    this.child = spawn(process.execPath, ['dist/main.js', ...words], {
      env: { ...Object.fromEntries(inherited), ...environment },
    });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this);
        resolve({ code: code ?? signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    running.add(this);
  }

  /** What it has written to stdout with `--json`. */
  get lines(): Record<string, unknown>[] {
    return linesOf(this.stdout);
  }

  /** Waits until this is so. */
  until(isSo: () => boolean): Promise<void> {
    return vi.waitFor(
      () => {
        if (!isSo()) throw new Error(`it did not come to that: ${this.stdout}\n${this.stderr}`);
      },
      { timeout: 30_000, interval: 10 },
    );
  }
}

/** Runs one to its end. @param input all of its stdin */
export function ran(
  words: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const { child, ended } = new ClientProcess(words, env);
  child.stdin.end(input);
  return ended;
}

/** Waits until a number has not changed for half a second. @returns it */
export async function settled(read: () => number): Promise<number> {
  let last = read();
  for (let same = 0; same < 10; same += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (read() === last) continue;
    last = read();
    same = -1;
  }
  return last;
}

/** Lines of JSON, each read by itself. */
export function linesOf(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
