/** What a server of this machine used while it was watched. */
import { readFileSync } from 'node:fs';
import { processCpuNs } from '../processes/cpu-time.js';
import type { ServerCost } from '../report/bench-run.js';

const lookEveryMs = 200;

export class ServerWatch {
  readonly #pid: number;
  readonly #fromNs: number;
  readonly #timer: NodeJS.Timeout;
  #rssBytesMax: number;

  /** @throws when the process is gone */
  constructor(pid: number) {
    this.#pid = pid;
    this.#fromNs = processCpuNs(pid);
    this.#rssBytesMax = residentBytes(pid);
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** @param events it handled meanwhile. @returns undefined when there were none */
  cost(events: number): ServerCost | undefined {
    this.#look();
    if (events === 0) return undefined;
    const spentNs = processCpuNs(this.#pid) - this.#fromNs;
    return { cpuUsPerEvent: spentNs / 1000 / events, rssBytesMax: this.#rssBytesMax };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#rssBytesMax = Math.max(this.#rssBytesMax, residentBytes(this.#pid));
  }
}

/** Resident memory of a process; 0 when it is gone. */
function residentBytes(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0;
  }
}
