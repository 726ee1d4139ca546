/** Starts a listener in a process of its own, to be flooded. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { FloodedOptions, FloodedReport } from './flooded-process.js';

/** A handler that takes 5 µs. */
const defaults: FloodedOptions = {
  floodFramesMax: 3072,
  turnFramesMax: 256,
  floodBytesMax: 8_388_608,
  handlingMicroseconds: 5,
  kibMicroseconds: 0,
};

export class Flooded {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`expected the process to live, got exit ${code} ${signal}`);
    });
    this.#ended.catch(() => undefined);
  }

  /** Runs until the test is over. */
  static async start(options: Partial<FloodedOptions> = {}): Promise<Flooded> {
    const child = fork(
      new URL('./flooded-process.ts', import.meta.url),
      [JSON.stringify({ ...defaults, ...options })],
      {
        execArgv: ['--import', 'tsx'],
      },
    );
    onTestFinished(() => void child.kill());
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const flooded = new Flooded(child, port);
    await flooded.report();
    return flooded;
  }

  /** Whether the process still runs. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What happened since the last report. Rejects when the process has ended. */
  async report(): Promise<FloodedReport> {
    this.#child.send('report');
    const [report] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return report as FloodedReport;
  }
}
