/** `client-closing.ts` in a process of its own, watched until it is gone. */
import { fork } from 'node:child_process';

const watchdogMs = 15_000;

export class ClientProcess {
  /** Milliseconds from the close of the client to the end of the process. */
  afterCloseMs = Number.NaN;
  /** Resolves with the exit code, or with what it wrote when that is not 0, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;

  /** @param how what its client does before */
  constructor(how: string, url: string) {
    const script = new URL('./client-closing.ts', import.meta.url);
    const child = fork(script, [how, url], { execArgv: ['--import', 'tsx'], silent: true });
    const watchdog = setTimeout(() => child.kill('SIGKILL'), watchdogMs);
    let closedAtMs = Number.NaN;
    let complaints = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('closed')) closedAtMs = performance.now();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        clearTimeout(watchdog);
        this.afterCloseMs = performance.now() - closedAtMs;
        resolve(complaints === '' ? (code ?? signal) : complaints);
      });
    });
  }
}
