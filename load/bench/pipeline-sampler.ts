/** How many slots the pipeline `default` has and how much waits in it, over time, from the metrics of the gateway. */
import type { Samples } from '../report/bench-run.js';
import type { Target } from './target.js';

const answerWithinMs = 1000;
/** More than the longest level has at the shortest interval. */
const samplesMax = 20_000;

export class PipelineSampler {
  readonly #url: string;
  readonly #atMs: number[] = [];
  readonly #slots: number[] = [];
  readonly #waiting: number[] = [];
  #begin: NodeJS.Timeout | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor({ host, adminPort, port }: Target) {
    this.#url = `http://${host}:${adminPort ?? port}/metrics`;
  }

  /** Looks every so often from `afterMs` on, for `durationMs`. */
  start(everyMs: number, afterMs: number, durationMs: number): void {
    this.#begin = setTimeout(() => {
      const startedAtMs = performance.now();
      this.#timer = setInterval(() => {
        if (performance.now() - startedAtMs > durationMs) this.stop();
        else void this.#look(startedAtMs);
      }, everyMs);
    }, afterMs);
  }

  stop(): void {
    clearTimeout(this.#begin);
    clearInterval(this.#timer);
  }

  /** What was seen so far. */
  samples(): Samples {
    return { atMs: [...this.#atMs], of: { slots: [...this.#slots], waiting: [...this.#waiting] } };
  }

  /** A scrape that fails is none: a busy server may be late with it. */
  async #look(startedAtMs: number): Promise<void> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(answerWithinMs) });
      const { slots, waiting } = pipelineFigures(await response.text());
      const atMs = performance.now() - startedAtMs;
      if (this.#atMs.length === samplesMax || atMs < (this.#atMs.at(-1) ?? 0)) return;
      this.#atMs.push(atMs);
      this.#slots.push(slots);
      this.#waiting.push(waiting);
    } catch {
      // The next look will do.
    }
  }
}

/** @throws when the text has no pipeline `default` */
export function pipelineFigures(text: string): { readonly slots: number; readonly waiting: number } {
  return { slots: gauge(text, 'sluice_pipeline_slots'), waiting: gauge(text, 'sluice_pipeline_waiting') };
}

function gauge(text: string, name: string): number {
  const pattern = new RegExp(`^${name}\\{[^}]*pipeline="default"[^}]*\\} (\\S+)$`, 'm');
  const value = Number(pattern.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(value)) throw new Error(`expected ${name} of the pipeline default in the metrics, got none`);
  return value;
}
