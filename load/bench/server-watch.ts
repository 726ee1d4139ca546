/** What a server of this machine used while it was watched. */
import { readFileSync } from 'node:fs';
import { processCpuNs } from '../processes/cpu-time.js';
import type { Samples, ServerCost } from '../report/bench-run.js';

const lookEveryMs = 100;
const mib = 2 ** 20;

export class ServerWatch {
  readonly #pid: number;
  readonly #fromNs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #atMs: number[] = [];
  readonly #rssMib: number[] = [];
  #measuredAtMs = Number.MAX_SAFE_INTEGER;
  #rssBytesMax: number;

  /** @throws when the process is gone */
  constructor(pid: number) {
    this.#pid = pid;
    this.#fromNs = processCpuNs(pid);
    this.#rssBytesMax = residentBytes(pid);
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** The measured part will begin in so many milliseconds: from then on there is a series. */
  measuredIn(ms: number): void {
    this.#measuredAtMs = performance.now() + ms;
  }

  /** @param events it handled meanwhile. @returns undefined when there were none */
  cost(events: number): ServerCost | undefined {
    this.#look();
    if (events === 0) return undefined;
    const spentNs = processCpuNs(this.#pid) - this.#fromNs;
    return { cpuUsPerEvent: spentNs / 1000 / events, rssBytesMax: this.#rssBytesMax };
  }

  /** Resident memory over time. */
  samples(): Samples {
    return { atMs: [...this.#atMs], of: { rss: [...this.#rssMib] } };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const bytes = residentBytes(this.#pid);
    this.#rssBytesMax = Math.max(this.#rssBytesMax, bytes);
    const atMs = performance.now() - this.#measuredAtMs;
    if (atMs < 0) return;
    this.#atMs.push(atMs);
    this.#rssMib.push(bytes / mib);
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
