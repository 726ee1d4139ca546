/** The command in a process of its own, run from its sources. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';

const running = new Set<SluiceProcess>();
const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file for the command to read. @returns its path */
export function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export class SluiceProcess {
  stdout = '';
  stderr = '';
  /** Resolves with the exit code, or the signal that ended it, when all it wrote has been read. */
  readonly ended: Promise<number | string | null>;
  /** The same, as soon as the process is gone. */
  readonly exited: Promise<number | string | null>;
  readonly #child: ChildProcess;
  #changed: () => void = () => undefined;
  #isOver = false;

  /** @param entry how the command is started; as it was built, unless handlers are to share the sources with it */
  constructor(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    entry: readonly string[] = ['dist/main.js'],
  ) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(?:SLUICE_|NODE_OPTIONS$|FORCE_COLOR$)/.test(name),
    );
    this.#child = spawn(process.execPath, [...entry, ...words], {
      env: { ...Object.fromEntries(inherited), ...environment },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#isOver = true;
        this.#changed();
        resolve(code ?? signal);
      });
    });
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(code ?? signal));
    });
    running.add(this);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** From here on nobody reads what it writes. */
  stopReading(): void {
    this.#child.stdout?.pause();
  }

  /** Waits until stdout has it. Rejects when the process ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      if (this.#isOver) throw new Error(`ended without ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** The lines of its log. */
  get log(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

/** Runs the command to its end. */
export async function sluice(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | string | null; readonly stdout: string; readonly stderr: string }> {
  const child = new SluiceProcess(words, environment);
  const code = await child.ended;
  return { code, stdout: child.stdout, stderr: child.stderr };
}

/** Starts `serve` on free ports and waits until it listens. */
export async function serving(
  words: readonly string[],
  entry?: readonly string[],
): Promise<{ readonly child: SluiceProcess; readonly url: string }> {
  const child = new SluiceProcess(['serve', '--port', '0', '--admin.port', '0', ...words], {}, entry);
  const [, url = ''] = await child.until(/"url":"([^"]+)".*\n/);
  return { child, url };
}

/** Posts one event. @returns status and the body as JSON */
export async function post(url: string, type: string, data?: unknown): Promise<readonly [number, unknown]> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type, data }),
  });
  return [response.status, await response.json()];
}
